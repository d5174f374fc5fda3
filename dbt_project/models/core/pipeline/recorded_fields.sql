{{ config(materialized='incremental', incremental_strategy='changed', unique_key=['source_account', 'field']) }}

{# Which fields an account's wide history records at all. In a recorded field null means cleared;
   in another it means nothing. #}
with

states as (

    {{ union_staging('opportunity_states', [
        'source_account', 'source_stage', 'amount', 'close_date', 'probability', 'forecast_category', 'currency_code'
    ]) }}

),

seen as (

    select
        source_account,
        count(source_stage) > 0 as stage,
        count(amount) > 0 as amount,
        count(close_date) > 0 as close_date,
        count(probability) > 0 as probability,
        count(forecast_category) > 0 as forecast_category,
        count(currency_code) > 0 as currency_code
    from states
    group by source_account

),

fields as (

    {% for field in ['stage', 'amount', 'close_date', 'probability', 'forecast_category', 'currency_code'] -%}
    select source_account, '{{ field }}' as field, {{ field }} as is_recorded from seen
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    fields.*,
    {{ run_id() }} as _run_id
from fields
