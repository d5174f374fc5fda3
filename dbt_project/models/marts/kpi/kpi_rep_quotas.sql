-- Each rep's quota of bookings in every week, month, quarter and year: of a fiscal month that a period cuts, the days of
-- it on which the rep is employed count. docs/metrics.md holds the definition.

with

quotas as (

    select * from {{ ref('quotas') }}
    where measure = 'bookings'

),

reps as (

    select * from {{ ref('reps') }}

),

period_days as (

    select * from {{ ref('period_days') }}

),

month_parts as (

    select
        months.period_start as month_start,
        periods.period_type,
        periods.period_start,
        min(months.calendar_date) as part_start,
        max(months.calendar_date) + 1 as part_end
    from period_days as months
    inner join period_days as periods on periods.calendar_date = months.calendar_date and periods.period_type <> 'day'
    where months.period_type = 'month'
    group by 1, 2, 3

),

parts as (

    select
        quotas.rep_key,
        month_parts.period_type,
        month_parts.period_start,
        quotas.quota_amount,
        quotas.active_days,
        quotas.month_days,
        month_parts.part_end - month_parts.part_start as part_days,
        greatest(0, {{ days_between(
            'greatest(month_parts.part_start, reps.hire_date)', 'least(month_parts.part_end, reps.leave_date + 1)'
        ) }}) as active_part_days
    from quotas
    inner join month_parts on month_parts.month_start = quotas.month_start
    left join reps on reps.rep_key = quotas.rep_key

),

final as (

    select
        rep_key,
        period_type,
        period_start,
        {{ money(
            'sum(case when part_days = month_days then quota_amount else '
            ~ safe_divide('quota_amount * active_part_days', 'active_days') ~ ' end)'
        ) }} as quota_amount
    from parts
    where active_part_days > 0 or part_days = month_days
    group by 1, 2, 3

)

select * from final
