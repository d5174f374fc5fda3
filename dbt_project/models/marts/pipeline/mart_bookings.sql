{{ config(
    alias='bookings',
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    indexes=[{'columns': ['booking_key'], 'unique': true}, {'columns': ['opportunity_key']}],
    meta={'touched_by': 'opportunity', 'publish': {'key': ['booking_key'], 'touched_by': 'opportunity'}}
) }}

with

bookings as (

    select * from {{ ref('bookings') }}
    {{ only_touched('opportunity_key') }}

)

select
    booking_key,
    booking_source,
    opportunity_key,
    order_key,
    line_id,
    account_key,
    rep_key,
    product_key,
    product_name,
    product_family,
    segment,
    region,
    booking_date,
    quantity,
    list_amount,
    discount_amount,
    {{ money('net_amount') }} as net_amount,
    cost_amount,
    {{ money('net_amount_local') }} as net_amount_local,
    {{ money('list_amount_local') }} as list_amount_local,
    discount_amount_local,
    currency_code,
    {{ run_id() }} as _run_id
from bookings
