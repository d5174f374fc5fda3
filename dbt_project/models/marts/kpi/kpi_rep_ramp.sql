{{ config(meta={'publish': {'key': ['rep_key'], 'touched_by': none}}) }}

with

reps as (

    select * from {{ ref('reps') }}
    where hire_date is not null and hire_date <= {{ as_of_date() }}

),

months as (

    select calendar_date, period_start as month_start, period_end as month_end, period_number as month_number
    from {{ ref('period_days') }}
    where period_type = 'month'

),

credited as (

    select rep_days.rep_key, months.month_number, sum(rep_days.credited_amount) as credited_amount
    from {{ ref('kpi_rep_days') }} as rep_days
    inner join months on months.calendar_date = rep_days.kpi_date
    group by 1, 2

),

{# Whole months only: one that still runs may reach its quota yet. #}
attained as (

    select
        quotas.rep_key,
        months.month_number,
        quotas.month_start,
        coalesce(credited.credited_amount, 0) >= quotas.full_amount as is_at_full_quota
    from {{ ref('quotas') }} as quotas
    inner join months on months.calendar_date = quotas.month_start
    left join credited on credited.rep_key = quotas.rep_key and credited.month_number = months.month_number
    where quotas.measure = 'bookings' and quotas.full_amount > 0 and quotas.month_end <= {{ as_of_date() }}

),

followed as (

    select
        attained.*,
        lead(month_number) over by_month as next_month_number,
        lead(is_at_full_quota) over by_month as is_next_at_full_quota
    from attained
    window by_month as (partition by rep_key order by month_number)

),

hired as (

    select
        reps.rep_key,
        first_month.month_number as hire_month_number,
        last_month.month_number - 1 as last_whole_month_number
    from reps
    left join months as first_month on first_month.calendar_date = reps.hire_date
    left join months as last_month
        on last_month.calendar_date = least(coalesce(reps.leave_date + 1, {{ as_of_date() }}), {{ as_of_date() }})

),

{# Who was hired before quotas were kept is left out: nobody knows when they first made one. #}
known as (

    select hired.*
    from hired
    inner join (
        select rep_key, min(month_number) as first_month_number
        from attained
        group by 1
    ) as first_quotas on first_quotas.rep_key = hired.rep_key
    where first_quotas.first_month_number <= hired.hire_month_number + 1

),

ramped as (

    select followed.rep_key, min(followed.month_number) as month_number, min(followed.month_start) as month_start
    from followed
    inner join known on known.rep_key = followed.rep_key and followed.month_number >= known.hire_month_number
    where followed.is_at_full_quota
        and followed.is_next_at_full_quota
        and followed.next_month_number = followed.month_number + 1
    group by 1

),

final as (

    select
        reps.rep_key,
        reps.rep_name,
        reps.team,
        reps.role,
        reps.hire_date,
        reps.leave_date,
        ramped.rep_key is not null as is_ramped,
        ramped.month_start as ramped_month_start,
        cast(ramped.month_number - known.hire_month_number as integer) as ramp_months,
        cast(
            coalesce(ramped.month_number, greatest(known.last_whole_month_number, known.hire_month_number))
            - known.hire_month_number as integer
        ) as observed_months,
        {{ run_id() }} as _run_id
    from reps
    inner join known on known.rep_key = reps.rep_key
    left join ramped on ramped.rep_key = reps.rep_key

)

select * from final
