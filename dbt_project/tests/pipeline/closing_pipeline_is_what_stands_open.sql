{# The last closing balance of scope open, in the company's currency, is the open deals at the rate of as_of's day:
   movements were summed up from changes, these are the changes that still hold. To the cent, whatever was rounded. #}
with

this_month as (

    select month_start, month_end from {{ ref('calendar_dates') }} where calendar_date = {{ as_of_date() }}

),

closing as (

    select sum(movements.closing_amount) as amount, sum(movements.closing_deals) as deals
    from {{ ref('pipeline_movements') }} as movements
    inner join this_month on this_month.month_start = movements.period_start
    where movements.scope = 'open' and movements.basis = 'gross' and movements.period_type = 'month'

),

standing as (

    select
        sum({{ converted('changes.amount_local', 'rates', 'changes.currency_code') }}) as amount,
        count(*) as deals
    from {{ ref('opportunity_changes') }} as changes
    inner join this_month
        on changes.change_date < this_month.month_end
        and (changes.end_date is null or changes.end_date >= this_month.month_end)
    {{ join_rate('rates', 'changes.currency_code', as_of_date()) }}
    where changes.is_open

),

validation_errors as (

    select
        coalesce(closing.amount, 0) as closing_amount,
        coalesce(standing.amount, 0) as standing_amount,
        closing.deals as closing_deals,
        standing.deals as standing_deals
    from closing
    cross join standing
    where abs(coalesce(closing.amount, 0) - coalesce(standing.amount, 0)) >= 0.01
        or coalesce(closing.deals, 0) <> standing.deals

)

select * from validation_errors
