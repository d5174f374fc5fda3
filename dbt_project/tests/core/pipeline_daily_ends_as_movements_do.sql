{# What stands open now is, per owner and to the cent, where this month's waterfall ends. #}
with

standing as (

    select rep_key, sum(open_amount) as amount, sum(open_deals) as deals
    from {{ ref('pipeline_daily') }}
    where valid_to is null
    group by rep_key

),

closing as (

    select rep_key, closing_amount, closing_deals
    from {{ ref('pipeline_movements') }}
    where scope = 'open' and basis = 'gross' and period_type = 'month'
        and period_start = (select month_start from {{ ref('calendar_dates') }} where calendar_date = {{ as_of_date() }})

),

validation_errors as (

    select rep_key, standing.amount, standing.deals, closing.closing_amount, closing.closing_deals
    from standing
    full outer join closing using (rep_key)
    where abs(coalesce(standing.amount, 0) - coalesce(closing.closing_amount, 0)) >= 0.01
        or coalesce(standing.deals, 0) <> coalesce(closing.closing_deals, 0)

)

select * from validation_errors
