{# A deal that was ever open visited a stage, and one that is open is in exactly the stage where it stands. #}
with

deals as (

    select
        opportunity_key,
        is_open,
        stage
    from {{ ref('pipeline_deals') }}

),

ever_open as (

    select distinct opportunity_key
    from {{ ref('pipeline_deal_stages') }}
    where outcome = 'open'

),

visits as (

    select
        opportunity_key,
        max(case when exit_kind is null and not is_skipped then stage end) as present_stage,
        count(*) filter (where exit_kind is null and not is_skipped) as present_stages,
        count(*) filter (where not is_skipped) as visits
    from {{ ref('pipeline_stage_visits') }}
    group by 1

),

validation_errors as (

    select deals.opportunity_key
    from deals
    left join ever_open on ever_open.opportunity_key = deals.opportunity_key
    left join visits on visits.opportunity_key = deals.opportunity_key
    where (ever_open.opportunity_key is not null) <> (coalesce(visits.visits, 0) > 0)
        or (deals.is_open and (visits.present_stages is distinct from 1 or visits.present_stage <> deals.stage))
        or (not deals.is_open and visits.present_stages > 0)

)

select * from validation_errors
