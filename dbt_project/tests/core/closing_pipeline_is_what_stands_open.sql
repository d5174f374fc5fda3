{# The last closing balance of scope open, in the company's currency, is the open deals at the rate of as_of's day:
   movements were summed up from changes, these are the changes that still hold. To the cent, whatever was rounded. #}
with

movements as (

    select sum(opening_amount + revalued_amount) as amount
    from {{ ref('pipeline_openings') }}
    where scope = 'open' and period_type = 'month'
        and period_start = (select month_start from {{ ref('calendar_dates') }} where calendar_date = {{ as_of_date() }})

),

moved as (

    select sum(amount) as amount
    from {{ ref('pipeline_period_sums') }}
    where scope = 'open' and basis = 'gross' and period_type = 'month'
        and period_start = (select month_start from {{ ref('calendar_dates') }} where calendar_date = {{ as_of_date() }})

),

standing as (

    select sum({{ converted('changes.amount_local', 'rates', 'changes.currency_code') }}) as amount
    from {{ ref('opportunity_changes') }} as changes
    {{ join_rate('rates', 'changes.currency_code', as_of_date()) }}
    where changes.is_open and changes.change_date < (
        select month_end from {{ ref('calendar_dates') }} where calendar_date = {{ as_of_date() }}
    )
        and (
            changes.end_date is null
            or changes.end_date >= (
                select month_end from {{ ref('calendar_dates') }} where calendar_date = {{ as_of_date() }}
            )
        )

),

validation_errors as (

    select
        coalesce(movements.amount, 0) + coalesce(moved.amount, 0) as closing_amount,
        coalesce(standing.amount, 0) as standing_amount
    from movements
    cross join moved
    cross join standing
    where abs(coalesce(movements.amount, 0) + coalesce(moved.amount, 0) - coalesce(standing.amount, 0)) >= 0.01

)

select * from validation_errors
