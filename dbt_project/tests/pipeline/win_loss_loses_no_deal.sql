{# Each month and dimension holds every closed deal once (product_family: at least once), with its amount. #}
with

deals as (

    select
        calendar_dates.month_start,
        count(*) filter (where deals.is_won) as won_deals,
        count(*) filter (where deals.is_lost) as lost_deals,
        coalesce(sum(deals.amount) filter (where deals.is_won), 0) as won_amount,
        coalesce(sum(deals.amount) filter (where deals.is_lost), 0) as lost_amount
    from {{ ref('pipeline_deals') }} as deals
    inner join {{ ref('calendar_dates') }} as calendar_dates on calendar_dates.calendar_date = deals.close_date
    where deals.is_won or deals.is_lost
    group by 1

),

dimensions as (

    select distinct dimension from {{ ref('pipeline_win_loss') }}

),

win_loss as (

    select
        dimension,
        period_start as month_start,
        sum(won_deals) as won_deals,
        sum(lost_deals) as lost_deals,
        sum(won_amount) as won_amount,
        sum(lost_amount) as lost_amount
    from {{ ref('pipeline_win_loss') }}
    where period_type = 'month'
    group by 1, 2

),

validation_errors as (

    select
        dimensions.dimension,
        deals.month_start
    from deals
    cross join dimensions
    left join win_loss
        on win_loss.dimension = dimensions.dimension and win_loss.month_start = deals.month_start
    where win_loss.dimension is null
        or win_loss.won_deals < deals.won_deals
        or win_loss.lost_deals < deals.lost_deals
        or (
            dimensions.dimension <> 'product_family'
            and (
                win_loss.won_deals <> deals.won_deals
                or win_loss.lost_deals <> deals.lost_deals
                or win_loss.won_amount <> deals.won_amount
                or win_loss.lost_amount <> deals.lost_amount
            )
        )

)

select * from validation_errors
