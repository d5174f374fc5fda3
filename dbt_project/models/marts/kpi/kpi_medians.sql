-- Medians of the deals closed in a span, of each rep, each team and the company. Spans of several period types that have
-- the same first and last day are one: a company whose fiscal months are calendar months sorts its deals half as often.

with

deals as (

    select
        rep_key,
        close_date,
        case when is_won then amount end as won_amount,
        case when is_won and is_cycle_valid then cycle_days end as won_cycle_days,
        case when is_cycle_valid then cycle_days end as closed_cycle_days
    from {{ ref('pipeline_deals') }}
    where is_won or is_lost

),

reps as (

    select * from {{ ref('reps') }}

),

span_days as (

    select distinct
        calendar_date,
        period_start,
        period_end
    from {{ ref('period_days') }}
    where period_type in ({{ quoted(long_period_types()) }})

),

placed as (

    select
        deals.*,
        coalesce(reps.team, 'unknown') as team,
        span_days.period_start,
        span_days.period_end
    from deals
    inner join span_days on span_days.calendar_date = deals.close_date
    left join reps on reps.rep_key = deals.rep_key

),

{% for level, subject in [('rep', 'rep_key'), ('team', 'team'), ('company', "'company'")] -%}
by_{{ level }} as (

    select
        '{{ level }}' as kpi_level,
        {{ subject }} as subject_key,
        period_start,
        period_end,
        {{ median('won_amount') }} as median_deal_size,
        cast({{ percentile('won_cycle_days', 0.5) }} as numeric(12, 2)) as median_cycle_days,
        cast({{ percentile('closed_cycle_days', 0.5) }} as numeric(12, 2)) as median_closed_cycle_days
    from placed
    group by 1, 2, 3, 4

),

{% endfor -%}

final as (

    select * from by_rep
    union all
    select * from by_team
    union all
    select * from by_company

)

select * from final
