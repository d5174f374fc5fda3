-- Whatever a plan counts is either rated in its tiers or stands among the exceptions, to the last decimal.

with

rated as (

    select
        measure_key,
        sum(amount_in_tier) as amount
    from {{ ref('commission_earnings') }}
    group by measure_key

),

excepted as (

    select
        exception_key as measure_key,
        unpaid_amount as amount
    from {{ ref('commission_exceptions') }}
    where reason <> 'no plan'

),

validation_errors as (

    select
        measures.measure_key,
        measures.credit_amount,
        rated.amount as rated_amount,
        excepted.amount as excepted_amount
    from {{ ref('commission_measures') }} as measures
    left join rated on rated.measure_key = measures.measure_key
    left join excepted on excepted.measure_key = measures.measure_key
    where measures.credit_amount <> coalesce(rated.amount, 0) + coalesce(excepted.amount, 0)

)

select * from validation_errors
