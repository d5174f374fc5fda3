{{ config(materialized='view', meta={'publish': {'key': ['opportunity_key']}}) }}

{# Ages are counted to as_of; published, to that of the last publication: a view of published marts only. #}
with

deals as (

    select * from {{ ref('pipeline_current') }}

),

dated as (

    select
        deals.*,
        cast({{ as_of() }} at time zone deals.time_zone as date) as as_of_date
    from deals

),

aged as (

    select
        dated.*,
        {{ days_between('created_date', 'as_of_date') }} as age_days,
        {{ days_between('entered_stage_date', 'as_of_date') }} as stage_age_days,
        {{ days_between('last_activity_date', 'as_of_date') }} as days_since_activity
    from dated

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
    next_step is null as is_without_next_step
from aged
