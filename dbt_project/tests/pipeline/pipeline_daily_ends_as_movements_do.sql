{# What stands open as this month ends is, per owner and to the cent, where the month's waterfall ends. #}
with

this_month as (

    select month_start, month_end from {{ ref('calendar_dates') }} where calendar_date = {{ as_of_date() }}

),

standing as (

    select daily.rep_key, sum(daily.open_amount) as amount, sum(daily.open_deals) as deals
    from {{ ref('pipeline_daily') }} as daily
    inner join this_month
        on daily.valid_from < this_month.month_end
        and (daily.valid_to is null or daily.valid_to >= this_month.month_end)
    group by 1

),

closing as (

    select movements.rep_key, sum(movements.closing_amount) as closing_amount, sum(movements.closing_deals) as closing_deals
    from {{ ref('pipeline_movements') }} as movements
    inner join this_month on this_month.month_start = movements.period_start
    where movements.scope = 'open' and movements.basis = 'gross' and movements.period_type = 'month'
    group by 1

),

validation_errors as (

    select rep_key, standing.amount, standing.deals, closing.closing_amount, closing.closing_deals
    from standing
    full outer join closing using (rep_key)
    where abs(coalesce(standing.amount, 0) - coalesce(closing.closing_amount, 0)) >= 0.01
        or coalesce(standing.deals, 0) <> coalesce(closing.closing_deals, 0)

)

select * from validation_errors
