-- Is there enough pipeline due in a period for what remains of its quota, and was there enough as it began?

with

kpi_rep_period as (

    select * from {{ ref('kpi_rep_period') }}

),

kpi_team_period as (

    select * from {{ ref('kpi_team_period') }}

),

kpi_company_period as (

    select * from {{ ref('kpi_company_period') }}

),

movements as (

    select * from {{ ref('pipeline_movements') }}
    where scope = 'target' and basis = 'gross' and period_type in ({{ quoted(fiscal_period_types()) }})

),

deals as (

    select * from {{ ref('pipeline_deals') }}

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

periods as (

    select * from {{ ref('periods') }}

),

reps as (

    select * from {{ ref('reps') }}

),

company as (

    select * from {{ ref('company') }}

),

targets as (

    {% for level in subject_levels() -%}
    select
        '{{ level }}' as level,
        {{ kpi_subject(level) }} as subject_key,
        period_type,
        period_start,
        quota_amount,
        credited_amount
    from kpi_{{ level }}_period
    where period_type in ({{ quoted(fiscal_period_types()) }}) and quota_amount is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- Open deals by fiscal month first: months make up the longer periods.
due as (

    select
        deals.rep_key,
        calendar_dates.month_start,
        count(*) as open_deals,
        sum(deals.amount) as open_amount
    from deals
    inner join calendar_dates on calendar_dates.calendar_date = deals.close_date
    where deals.is_open
    group by 1, 2

),

rep_parts as (

    select
        due.rep_key,
        period_days.period_type,
        period_days.period_start,
        due.open_deals,
        due.open_amount,
        0 as opening_deals,
        0 as opening_amount
    from due
    inner join period_days on period_days.calendar_date = due.month_start
    inner join periods
        on periods.period_type = period_days.period_type and periods.period_start = period_days.period_start
    where periods.period_end > {{ as_of_date() }}

    union all

    select
        rep_key,
        period_type,
        period_start,
        0,
        0,
        opening_deals,
        opening_amount
    from movements

),

pipeline as (

    select *
    from (
        {{ sums_of_subjects(
            'rep_parts', ['period_type', 'period_start'],
            ['open_deals', 'open_amount', 'opening_deals', 'opening_amount']
        ) }}
    ) as subjects
    where open_deals > 0 or opening_deals > 0

),

rep_closed as (

    select
        rep_key,
        count(*) filter (where is_won) as won_deals,
        count(*) as closed_deals
    from deals
    where not is_open and close_date > {{ as_of_date() }} - 365 and close_date <= {{ as_of_date() }}
    group by rep_key

),

closed as (

    {{ sums_of_subjects('rep_closed', [], ['won_deals', 'closed_deals']) }}

),

joined as (

    select
        level,
        subject_key,
        period_type,
        period_start,
        periods.period_end,
        periods.period_name,
        targets.quota_amount,
        targets.credited_amount,
        -- Without the condition an unknown quota would leave nothing to cover: greatest() passes over nulls.
        case
            when targets.quota_amount is not null then greatest(targets.quota_amount - targets.credited_amount, 0)
        end as remaining_amount,
        case when periods.period_end > {{ as_of_date() }} then coalesce(pipeline.open_deals, 0) end as open_deals,
        case when periods.period_end > {{ as_of_date() }} then coalesce(pipeline.open_amount, 0) end as open_amount,
        case when periods.period_start <= {{ as_of_date() }} then coalesce(pipeline.opening_deals, 0) end
            as opening_deals,
        case when periods.period_start <= {{ as_of_date() }} then coalesce(pipeline.opening_amount, 0) end
            as opening_amount,
        coalesce(closed.closed_deals, 0) as closed_deals,
        {{ ratio(safe_divide('closed.won_deals', 'closed.closed_deals')) }} as win_rate
    from targets
    full outer join pipeline using (level, subject_key, period_type, period_start)
    inner join periods using (period_type, period_start)
    left join closed using (level, subject_key)

),

final as (

    select
        joined.level,
        joined.subject_key,
        {{ subject_name('joined') }} as subject_name,
        joined.period_type,
        joined.period_start,
        joined.period_end,
        joined.period_name,
        {{ money('joined.quota_amount') }} as quota_amount,
        {{ money('joined.credited_amount') }} as credited_amount,
        {{ money('joined.remaining_amount') }} as remaining_amount,
        cast(joined.open_deals as bigint) as open_deals,
        {{ money('joined.open_amount') }} as open_amount,
        cast({{ safe_divide('joined.open_amount', 'joined.remaining_amount') }} as numeric(38, 9)) as coverage,
        joined.quota_amount <= joined.credited_amount as is_quota_reached,
        cast(joined.opening_deals as bigint) as opening_deals,
        {{ money('joined.opening_amount') }} as opening_amount,
        cast({{ safe_divide('joined.opening_amount', 'joined.quota_amount') }} as numeric(38, 9)) as coverage_start,
        cast(joined.closed_deals as bigint) as closed_deals,
        joined.win_rate,
        {{ money('joined.open_amount * joined.win_rate') }} as expected_amount,
        cast(
            {{ safe_divide(money('joined.open_amount * joined.win_rate'), 'joined.remaining_amount') }} as numeric(38, 9)
        ) as expected_coverage,
        joined.closed_deals < company.minimum_cases as is_small_sample,
        joined.period_start <= {{ as_of_date() }} and joined.period_end > {{ as_of_date() }} as is_current,
        {{ run_id() }} as _run_id
    from joined
    cross join company
    left join reps on joined.level = 'rep' and reps.rep_key = joined.subject_key

)

select * from final
