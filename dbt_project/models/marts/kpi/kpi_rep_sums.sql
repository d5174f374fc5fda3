-- Everything about a rep and a period that is a sum. Days are added up once to weeks and once to the pieces in which
-- fiscal and calendar months lie; all longer periods are whole pieces.

with

rep_days as (

    select * from {{ ref('kpi_rep_days') }}

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

period_days as (

    select * from {{ ref('period_days') }}

),

deals as (

    select * from {{ ref('pipeline_deals') }}
    where is_open

),

month_quotas as (

    select * from {{ ref('quotas') }}
    where measure = 'bookings' and active_days > 0

),

reps as (

    select * from {{ ref('reps') }}

),

{% set columns -%}
{{ kpi_sums('rep_days') }},
        sum(rep_days.credited_amount) as credited_amount
{%- endset %}

by_day as (

    select
        rep_days.rep_key,
        'day' as period_type,
        calendar_dates.calendar_date as period_start,
        {%- for name in kpi_amounts() + kpi_counts() %}
        rep_days.{{ name }},
        {%- endfor %}
        rep_days.credited_amount
    from rep_days
    inner join calendar_dates on calendar_dates.calendar_date = rep_days.kpi_date

),

by_week as (

    select
        rep_days.rep_key,
        'week' as period_type,
        calendar_dates.week_start as period_start,
        {{ columns }}
    from rep_days
    inner join calendar_dates on calendar_dates.calendar_date = rep_days.kpi_date
    group by 1, 3

),

pieces as (

    select
        rep_days.rep_key,
        greatest(calendar_dates.month_start, calendar_dates.calendar_month_start) as piece_start,
        {{ columns }}
    from rep_days
    inner join calendar_dates on calendar_dates.calendar_date = rep_days.kpi_date
    group by 1, 2

),

by_period as (

    select
        rep_days.rep_key,
        period_days.period_type,
        period_days.period_start,
        {{ columns }}
    from pieces as rep_days
    inner join period_days
        on
            period_days.calendar_date = rep_days.piece_start
            and period_days.period_type in ({{ quoted(long_period_types()) }})
    group by 1, 2, 3

),

summed as (

    select * from by_day
    union all
    select * from by_week
    union all
    select * from by_period

),

still_open as (

    select
        deals.rep_key,
        period_days.period_type,
        period_days.period_start,
        count(*) as open_deals,
        sum(deals.amount) as open_amount
    from deals
    inner join period_days
        on
            period_days.calendar_date = deals.close_date
            and period_days.period_start <= {{ as_of_date() }}
            and {{ as_of_date() }} < period_days.period_end
    group by 1, 2, 3

),

quotas as (

    select
        rep_key,
        period_type,
        period_start,
        quota_amount
    from {{ ref('kpi_rep_quotas') }}

    union all

    -- A day has a target only where something else happened: else every rep would have a row for every day.
    select
        by_day.rep_key,
        by_day.period_type,
        by_day.period_start,
        {{ money(quota_of_a_day('month_quotas', 'reps', 'by_day.period_start')) }} as quota_amount
    from by_day
    inner join calendar_dates on calendar_dates.calendar_date = by_day.period_start
    inner join month_quotas
        on month_quotas.rep_key = by_day.rep_key and month_quotas.month_start = calendar_dates.month_start
    left join reps on reps.rep_key = by_day.rep_key

),

final as (

    select
        rep_key,
        period_type,
        period_start,
        {{ kpi_filled('summed') }},
        {{ money('coalesce(summed.credited_amount, 0)') }} as credited_amount,
        quotas.quota_amount,
        still_open.open_deals,
        {{ money('still_open.open_amount') }} as open_amount
    from summed
    full outer join quotas using (rep_key, period_type, period_start)
    full outer join still_open using (rep_key, period_type, period_start)

)

select * from final
