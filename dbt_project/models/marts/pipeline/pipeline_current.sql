{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    indexes=[{'columns': ['opportunity_key'], 'unique': true}],
    meta={'touched_by': 'opportunity', 'publish': {'key': ['opportunity_key'], 'touched_by': 'opportunity'}}
) }}

with

deals as (

    select * from {{ ref('pipeline_deals') }}
    where is_open {{ only_touched('opportunity_key', prefix='and') }}

)

select
    opportunity_key,
    opportunity_id,
    source_account,
    opportunity_name,
    account_key,
    account_name,
    segment,
    region,
    rep_key,
    rep_name,
    team,
    stage,
    source_stage,
    stage_order,
    amount,
    amount_local,
    currency_code,
    probability,
    weighted_amount,
    forecast_category,
    created_date,
    close_date,
    entered_stage_at,
    {{ company_date('entered_stage_at') }} as entered_stage_date,
    (select company.time_zone from {{ ref('company') }} as company) as time_zone,
    push_count,
    last_activity_date,
    next_step,
    {{ run_id() }} as _run_id
from deals
