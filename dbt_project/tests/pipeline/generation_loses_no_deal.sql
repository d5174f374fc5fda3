{# Every generated deal is in each level once, under its technique and under all; and whatever was won was generated. #}
with

origins as (

    select
        calendar_dates.month_start,
        count(*) as deals,
        coalesce(sum(origins.generated_amount), 0) as amount
    from {{ ref('pipeline_deal_origins') }} as origins
    inner join {{ ref('calendar_dates') }} as calendar_dates on calendar_dates.calendar_date = origins.generated_date
    group by 1

),

generation as (

    select
        dimension_level,
        technique = 'all' as is_total,
        period_start as month_start,
        sum(generated_deals) as deals,
        sum(generated_amount) as amount
    from {{ ref('pipeline_generation') }}
    where period_type = 'month'
    group by 1, 2, 3

),

parts as (

    select distinct
        dimension_level,
        is_total
    from generation

),

validation_errors as (

    select
        parts.dimension_level,
        cast(origins.month_start as {{ dbt.type_string() }}) as where_found
    from origins
    cross join parts
    left join generation
        on generation.dimension_level = parts.dimension_level
        and generation.is_total = parts.is_total
        and generation.month_start = origins.month_start
    where generation.deals is distinct from origins.deals or generation.amount is distinct from origins.amount

    union all

    select
        'won without an origin',
        deals.opportunity_key
    from {{ ref('pipeline_deals') }} as deals
    left join {{ ref('pipeline_deal_origins') }} as origins on origins.opportunity_key = deals.opportunity_key
    where deals.is_won and origins.opportunity_key is null

)

select * from validation_errors
