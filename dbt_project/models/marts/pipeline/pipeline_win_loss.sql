-- Where deals are won and where they are lost: closed deals of a period, cut one way at a time.

{% set cuts = {
    'all': "'all'",
    'reason': or_not_recorded('outcome_reason'),
    'competitor': named_competitor('competitor'),
    'segment': or_not_recorded('segment'),
    'discount_band': 'discount_band',
    'opportunity_type': or_not_recorded('opportunity_type'),
    'technique': or_not_recorded('technique'),
} %}
{% set sums = {
    'won_deals': 'count(*) filter (where is_won)',
    'lost_deals': 'count(*) filter (where is_lost)',
    'won_deals_with_amount': 'count(amount) filter (where is_won)',
    'lost_deals_with_amount': 'count(amount) filter (where is_lost)',
    'won_amount': 'sum(amount) filter (where is_won)',
    'lost_amount': 'sum(amount) filter (where is_lost)',
    'won_cycle_deals': 'count(cycle_days) filter (where is_won and is_cycle_valid)',
    'won_cycle_days': 'sum(cycle_days) filter (where is_won and is_cycle_valid)',
    'lost_cycle_deals': 'count(cycle_days) filter (where is_lost and is_cycle_valid)',
    'lost_cycle_days': 'sum(cycle_days) filter (where is_lost and is_cycle_valid)',
} %}

with

deals as (

    select * from {{ ref('pipeline_deals') }}
    where is_won or is_lost

),

products as (

    select * from {{ ref('products') }}

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

lines as (

    select *
    from (
        {{ union_staging('opportunity_lines', ['opportunity_key', 'product_key', 'list_amount', 'amount', 'is_deleted']) }}
        union all
        {{ union_staging('order_lines', ['order_key', 'product_key', 'list_amount', 'amount', 'is_deleted']) }}
    ) as staged
    where not is_deleted

),

-- Net and list of the same lines: one without a list price is in neither.
families as (

    select
        lines.opportunity_key,
        {{ or_not_recorded('products.product_family') }} as product_family,
        sum(case when lines.list_amount is not null and lines.amount is not null then lines.list_amount end)
            as list_amount,
        sum(case when lines.list_amount is not null then lines.amount end) as net_amount
    from lines
    left join products on products.product_key = lines.product_key
    group by 1, 2

),

priced as (

    select
        opportunity_key,
        sum(list_amount) as list_amount,
        sum(net_amount) as net_amount
    from families
    group by opportunity_key

),

closed as (

    select
        deals.opportunity_key,
        deals.outcome_reason,
        deals.competitor,
        deals.segment,
        deals.opportunity_type,
        deals.technique,
        deals.is_won,
        deals.is_lost,
        deals.amount,
        deals.cycle_days,
        deals.is_cycle_valid,
        calendar_dates.month_start,
        {{ discount_band('priced.list_amount', 'priced.net_amount') }} as discount_band
    from deals
    inner join calendar_dates on calendar_dates.calendar_date = deals.close_date
    left join priced on priced.opportunity_key = deals.opportunity_key

),

-- A deal of two families counts whole in each: it was won, or lost, with both on it.
of_families as (

    select
        closed.*,
        coalesce(families.product_family, 'not recorded') as product_family
    from closed
    left join families on families.opportunity_key = closed.opportunity_key

),

by_month as (

    {% for dimension, value in cuts.items() -%}
    select
        '{{ dimension }}' as dimension,
        {{ value }} as dimension_value,
        month_start
        {%- for name, expression in sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from closed
    group by 1, 2, 3

    union all

    {% endfor -%}
    select
        'product_family',
        product_family,
        month_start
        {%- for expression in sums.values() %},
        {{ expression }}
        {%- endfor %}
    from of_families
    group by 1, 2, 3

),

summed as (

    select
        by_month.dimension,
        by_month.dimension_value,
        period_days.period_type,
        period_days.period_start
        {%- for name in sums %},
        sum(by_month.{{ name }}) as {{ name }}
        {%- endfor %}
    from by_month
    inner join period_days on period_days.calendar_date = by_month.month_start
    group by 1, 2, 3, 4

),

compared as (

    select
        summed.*,
        max(case when dimension = 'all' then won_deals end) over same_period as period_won_deals,
        max(case when dimension = 'all' then lost_deals end) over same_period as period_lost_deals
    from summed
    window same_period as (partition by period_type, period_start)

),

final as (

    select
        compared.period_type,
        compared.period_start,
        periods.period_end,
        periods.period_name,
        compared.dimension,
        compared.dimension_value,
        {%- for name in ['won_deals', 'lost_deals'] %}
        cast(compared.{{ name }} as bigint) as {{ name }},
        {%- endfor %}
        {%- for name in ['won_amount', 'lost_amount'] %}
        {{ money('coalesce(compared.' ~ name ~ ', 0)') }} as {{ name }},
        {%- endfor %}
        cast(
            compared.won_deals + compared.lost_deals - compared.won_deals_with_amount - compared.lost_deals_with_amount
            as bigint
        ) as deals_without_amount,
        {{ ratio(safe_divide('compared.won_deals', '(compared.won_deals + compared.lost_deals)')) }} as win_rate,
        {{ ratio(safe_divide(
            'coalesce(compared.won_amount, 0)',
            '(coalesce(compared.won_amount, 0) + coalesce(compared.lost_amount, 0))'
        )) }} as win_rate_value,
        {{ ratio(safe_divide(
            'compared.period_won_deals', '(compared.period_won_deals + compared.period_lost_deals)'
        )) }} as period_win_rate,
        {{ ratio(safe_divide('compared.won_deals', 'compared.period_won_deals')) }} as share_of_won,
        {{ ratio(safe_divide('compared.lost_deals', 'compared.period_lost_deals')) }} as share_of_lost,
        {{ money(safe_divide('compared.won_amount', 'compared.won_deals_with_amount')) }} as average_won_amount,
        {{ money(safe_divide('compared.lost_amount', 'compared.lost_deals_with_amount')) }} as average_lost_amount,
        {%- for outcome in ['won', 'lost'] %}
        cast(
            {{ safe_divide('compared.' ~ outcome ~ '_cycle_days', 'compared.' ~ outcome ~ '_cycle_deals') }}
            as numeric(12, 2)
        ) as mean_{{ outcome }}_cycle_days,
        {%- endfor %}
        compared.won_deals + compared.lost_deals < company.minimum_cases as is_small_sample,
        periods.period_end > {{ as_of_date() }} as is_current,
        {{ run_id() }} as _run_id
    from compared
    inner join periods on periods.period_type = compared.period_type and periods.period_start = compared.period_start
    cross join company

)

select * from final
