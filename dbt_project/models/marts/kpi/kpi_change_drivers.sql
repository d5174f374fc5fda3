-- Why won bookings moved: volume, mix of teams and segments, win rate and deal size, in parts that add up to the change.

{% set factors = ['volume', 'mix', 'rate', 'size'] %}

with

deals as (

    select * from {{ ref('pipeline_deals') }}
    where is_won or is_lost

),

reps as (

    select * from {{ ref('reps') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

periods as (

    select * from {{ ref('periods') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

items as (

    select
        period_days.period_type,
        period_days.period_start,
        coalesce(reps.team, 'unknown') as team,
        coalesce(deals.segment, 'unknown') as segment,
        count(*) as closed_deals,
        count(*) filter (where deals.is_won) as won_deals,
        coalesce(sum(deals.amount) filter (where deals.is_won), 0) as won_amount
    from deals
    inner join period_days on period_days.calendar_date = deals.close_date
    left join reps on reps.rep_key = deals.rep_key
    group by 1, 2, 3, 4

),

totals as (

    select
        period_type,
        period_start,
        sum(closed_deals) as closed_deals
    from items
    group by 1, 2

),

comparisons as (

    select period_type, period_start, period_end, period_name, 'prior_period' as comparison,
        prior_period_start as base_period_start
    from periods
    union all
    select period_type, period_start, period_end, period_name, 'prior_year', prior_year_start
    from periods
    where period_type <> 'year'

),

-- Periods of which both have a closed deal: without one there is nothing to explain a change by.
compared as (

    select
        comparisons.*,
        cast(now_total.closed_deals as double precision) as volume,
        cast(base_total.closed_deals as double precision) as volume_before
    from comparisons
    inner join totals as now_total
        on
            now_total.period_type = comparisons.period_type
            and now_total.period_start = comparisons.period_start
    inner join totals as base_total
        on
            base_total.period_type = comparisons.period_type
            and base_total.period_start = comparisons.base_period_start
    where comparisons.period_start <= {{ as_of_date() }}

),

paired as (

    select
        compared.period_type,
        compared.period_start,
        compared.comparison,
        items.team,
        items.segment,
        items.closed_deals,
        items.won_deals,
        items.won_amount,
        0 as base_closed_deals,
        0 as base_won_deals,
        0 as base_won_amount
    from compared
    inner join items on items.period_type = compared.period_type and items.period_start = compared.period_start

    union all

    select
        compared.period_type,
        compared.period_start,
        compared.comparison,
        items.team,
        items.segment,
        0,
        0,
        0,
        items.closed_deals,
        items.won_deals,
        items.won_amount
    from compared
    inner join items on items.period_type = compared.period_type and items.period_start = compared.base_period_start

),

joined as (

    select
        period_type,
        period_start,
        comparison,
        team,
        segment,
        sum(closed_deals) as closed_deals,
        sum(won_deals) as won_deals,
        sum(won_amount) as won_amount,
        sum(base_closed_deals) as base_closed_deals,
        sum(base_won_deals) as base_won_deals,
        sum(base_won_amount) as base_won_amount
    from paired
    group by 1, 2, 3, 4, 5

),

-- A factor that a period says nothing about is taken from the other: without wins no deal size is known.
factored as (

    select
        joined.*,
        compared.period_end,
        compared.period_name,
        compared.base_period_start,
        compared.volume,
        compared.volume_before,
        joined.closed_deals / compared.volume as mix,
        joined.base_closed_deals / compared.volume_before as mix_before,
        coalesce(
            joined.won_deals / nullif(cast(joined.closed_deals as double precision), 0),
            joined.base_won_deals / nullif(cast(joined.base_closed_deals as double precision), 0)
        ) as rate,
        coalesce(
            joined.base_won_deals / nullif(cast(joined.base_closed_deals as double precision), 0),
            joined.won_deals / nullif(cast(joined.closed_deals as double precision), 0)
        ) as rate_before,
        coalesce(
            joined.won_amount / nullif(cast(joined.won_deals as double precision), 0),
            joined.base_won_amount / nullif(cast(joined.base_won_deals as double precision), 0), 0
        ) as size,
        coalesce(
            joined.base_won_amount / nullif(cast(joined.base_won_deals as double precision), 0),
            joined.won_amount / nullif(cast(joined.won_deals as double precision), 0), 0
        ) as size_before
    from joined
    inner join compared
        on
            compared.period_type = joined.period_type
            and compared.period_start = joined.period_start
            and compared.comparison = joined.comparison

),

positive as (

    -- Zeros as 1e-10; where an amount below zero is involved, logarithms cannot be taken.
    select
        *,
        least(size, size_before) < 0 as is_signed,
        {%- for name in factors %}
        case when {{ name }} > 0 then {{ name }} else 1e-10 end as {{ name }}_now,
        case when {{ name }}_before > 0 then {{ name }}_before else 1e-10 end as {{ name }}_base
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from factored

),

explained as (

    select
        *,
        {%- set value = 'volume_now * mix_now * rate_now * size_now' %}
        {%- set value_before = 'volume_base * mix_base * rate_base * size_base' %}
        {%- for name in factors %}
        {{ money(
            'case when is_signed then '
            ~ shapley_effect([
                ['volume', 'volume_before'], ['mix', 'mix_before'], ['rate', 'rate_before'], ['size', 'size_before']
            ], loop.index0)
            ~ ' else ' ~ lmdi_effect('(' ~ value ~ ')', '(' ~ value_before ~ ')', name ~ '_now', name ~ '_base')
            ~ ' end'
        ) }} as {{ name }}_effect
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from positive

),

final as (

    select
        md5(
            period_type || '|' || period_start || '|' || comparison || '|' || team || '|' || segment
        ) as change_driver_key,
        period_type,
        period_start,
        period_end,
        period_name,
        comparison,
        base_period_start,
        team,
        segment,
        cast(closed_deals as bigint) as closed_deals,
        cast(base_closed_deals as bigint) as base_closed_deals,
        cast(won_deals as bigint) as won_deals,
        cast(base_won_deals as bigint) as base_won_deals,
        {{ money('won_amount') }} as won_amount,
        {{ money('base_won_amount') }} as base_won_amount,
        {{ money('won_amount - base_won_amount') }} as change_amount,
        {%- for name in factors %}
        {{ name }}_effect,
        {%- endfor %}
        case when is_signed then 'shapley' else 'lmdi' end as method,
        {{ run_id() }} as _run_id
    from explained

)

select * from final
