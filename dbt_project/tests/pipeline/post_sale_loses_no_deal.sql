{# Motions add up to all, and all to the deals, at each level and in each month of their close dates. #}
with

deals as (

    select
        calendar_dates.month_start,
        count(*) as deals,
        coalesce(sum(deals.amount), 0) as amount
    from {{ ref('pipeline_deals') }} as deals
    inner join {{ ref('calendar_dates') }} as calendar_dates on calendar_dates.calendar_date = deals.close_date
    group by 1

),

post_sale as (

    select
        dimension_level,
        motion = 'all' as is_total,
        period_start as month_start,
        sum(won_deals + lost_deals + open_deals) as deals,
        sum(won_amount + lost_amount + open_amount) as amount
    from {{ ref('pipeline_post_sale') }}
    where period_type = 'month'
    group by 1, 2, 3

),

parts as (

    select distinct
        dimension_level,
        is_total
    from post_sale

),

validation_errors as (

    select
        parts.dimension_level,
        parts.is_total,
        deals.month_start
    from deals
    cross join parts
    left join post_sale
        on post_sale.dimension_level = parts.dimension_level
        and post_sale.is_total = parts.is_total
        and post_sale.month_start = deals.month_start
    where post_sale.deals is distinct from deals.deals or post_sale.amount is distinct from deals.amount

)

select * from validation_errors
