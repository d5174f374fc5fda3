-- A payee on a plan without a quota is paid nothing, and that must not go unnoticed.

{{ config(severity='warn') }}

with

validation_errors as (

    select
        rep_key,
        plan_id,
        component,
        window_start,
        count(*) as credits,
        sum(unpaid_amount) as unpaid_amount
    from {{ ref('commission_exceptions') }}
    where reason = 'no quota'
    group by rep_key, plan_id, component, window_start

)

select * from validation_errors
