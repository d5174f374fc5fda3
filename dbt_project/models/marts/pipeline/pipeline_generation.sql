-- Pipeline that came up in a period, by how it was generated, and what has become of it.

{% set sums = {
    'generated_deals': 'count(*)',
    'generated_deals_with_amount': 'count(origins.generated_amount)',
    'generated_amount': 'sum(origins.generated_amount)',
    'won_deals': 'count(*) filter (where deals.is_won)',
    'lost_deals': 'count(*) filter (where deals.is_lost)',
    'open_deals': 'count(*) filter (where deals.is_open)',
    'won_amount': 'sum(deals.amount) filter (where deals.is_won)',
    'days_to_pipeline': 'sum(origins.days_to_pipeline)',
} %}

with

origins as (

    select * from {{ ref('pipeline_deal_origins') }}

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

company as (

    select * from {{ ref('company') }}

),

by_month as (

    select
        calendar_dates.month_start,
        {{ or_not_recorded('deals.technique') }} as technique,
        coalesce(deals.team, 'unknown') as team,
        coalesce(deals.segment, 'not recorded') as segment
        {%- for name, expression in sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from origins
    inner join deals on deals.opportunity_key = origins.opportunity_key
    inner join calendar_dates on calendar_dates.calendar_date = origins.generated_date
    group by 1, 2, 3, 4

),

summed as (

    {{ sliced_sums('by_month', 'technique', sums) }}

),

final as (

    select
        summed.dimension_level,
        summed.period_type,
        summed.period_start,
        periods.period_end,
        periods.period_name,
        summed.technique,
        summed.team,
        summed.segment,
        cast(summed.generated_deals as bigint) as generated_deals,
        cast(summed.generated_deals - summed.generated_deals_with_amount as bigint) as generated_deals_without_amount,
        {{ money('coalesce(summed.generated_amount, 0)') }} as generated_amount,
        {{ money(safe_divide('summed.generated_amount', 'summed.generated_deals_with_amount')) }}
            as average_generated_amount,
        {{ ratio(safe_divide(
            'summed.generated_amount',
            "sum(case when summed.technique = 'all' then summed.generated_amount end) over same_slice"
        )) }} as share_of_generated,
        {%- for name in ['won_deals', 'lost_deals', 'open_deals'] %}
        cast(summed.{{ name }} as bigint) as {{ name }},
        {%- endfor %}
        {{ money('coalesce(summed.won_amount, 0)') }} as won_amount,
        {{ ratio(safe_divide('summed.won_deals', 'summed.generated_deals')) }} as conversion_rate,
        {{ ratio(safe_divide('summed.open_deals', 'summed.generated_deals')) }} as open_share,
        {{ ratio(safe_divide('summed.won_deals', '(summed.won_deals + summed.lost_deals)')) }} as win_rate,
        cast({{ safe_divide('coalesce(summed.won_amount, 0)', 'summed.generated_amount') }} as numeric(38, 9)) as yield,
        cast({{ safe_divide('summed.days_to_pipeline', 'summed.generated_deals') }} as numeric(12, 2))
            as mean_days_to_pipeline,
        summed.generated_deals < company.minimum_cases as is_small_sample,
        periods.period_end > {{ as_of_date() }} as is_current,
        {{ run_id() }} as _run_id
    from summed
    inner join periods on periods.period_type = summed.period_type and periods.period_start = summed.period_start
    cross join company
    window same_slice as (
        partition by
            summed.dimension_level, summed.period_type, summed.period_start, summed.team, summed.segment
    )

)

select * from final
