-- Revenue splits of a deal add up to 100 %. Where they do not, credits still sum up to the deal (docs/commission.md).

{{ config(severity='warn') }}

with

validation_errors as (

    select
        opportunity_key,
        max(total_share) as total_share
    from {{ ref('deal_splits') }}
    where credit_kind = 'revenue' and abs(total_share - 1) > 0.0001
    group by opportunity_key

)

select * from validation_errors
