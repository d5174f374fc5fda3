{{ config(materialized='view', meta={'publish': {'key': ['opportunity_key'], 'view': true}}) }}

with

deals as (

    select * from {{ ref('pipeline_current') }}

),

company as (

    select * from {{ ref('company') }}

),

aged as (

    select
        deals.*,
        company.as_of_date as as_of_date,
        company.as_of_date - deals.created_date as age_days,
        company.as_of_date - {{ company_date('deals.entered_stage_at') }} as stage_age_days,
        company.as_of_date - deals.last_activity_date as days_since_activity
    from deals
    cross join company

)

select
    opportunity_key,
    opportunity_id,
    opportunity_name,
    account_key,
    account_name,
    rep_key,
    rep_name,
    team,
    stage,
    amount,
    weighted_amount,
    close_date,
    as_of_date,
    age_days,
    stage_age_days,
    days_since_activity,
    coalesce(close_date < as_of_date, false) as is_past_close_date,
    coalesce(stage_age_days > 60, false) as is_stalled,
    coalesce(days_since_activity > 30, true) as is_without_activity,
    next_step is null as is_without_next_step,
    _run_id
from aged
