{{ config(
    materialized='incremental', incremental_strategy='changed', unique_key=['currency_code', 'rate_date'],
    indexes=[{'columns': ['currency_code', 'rate_date'], 'unique': true}]
) }}

{# Ranges laid out by day, so that rates join by equality. After the last day here the last rate goes on:
   join on least(date, the table's last day), see macros/currency.sql. #}
with

ranges as (

    select * from {{ ref('exchange_rates') }}
    where from_currency <> to_currency

),

bounds as (

    select min(valid_from) as first_day, max(valid_from) as last_day
    from ranges

),

laid_out as (

    select
        ranges.from_currency as currency_code,
        days.calendar_date as rate_date,
        ranges.rate
    from ranges
    cross join bounds
    cross join lateral ({{ day_series('ranges.valid_from', 'coalesce(ranges.valid_to - 1, bounds.last_day)') }}) as days

)

select
    laid_out.*,
    {{ run_id() }} as _run_id
from laid_out
