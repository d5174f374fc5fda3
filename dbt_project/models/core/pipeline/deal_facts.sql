{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    meta={'touched_by': 'opportunity'},
    indexes=[{'columns': ['opportunity_key'], 'unique': true}]
) }}

{# One row per deal: what its changes add up to. A push moves the close date of an open deal into a later fiscal month. #}
with

changes as (

    select * from {{ ref('opportunity_changes') }}
    {{ only_touched('opportunity_key') }}

),

pairs as (

    select
        changes.*,
        lag(is_open) over by_time as was_open,
        lag(close_date) over by_time as close_date_before,
        lag(outcome) over by_time as outcome_before,
        lag(stage) over by_time as stage_before
    from changes
    window by_time as (partition by opportunity_key order by change_number)

),

facts as (

    select
        opportunity_key,
        count(*) as change_count,
        count(*) filter (where is_observed) as observed_count,
        count(*) filter (
            where was_open and is_open
                and date_trunc('month', close_date) > date_trunc('month', close_date_before)
        ) as push_count,
        min(valid_from) as first_known_at,
        max(valid_from) filter (where stage_before is null or stage_before <> stage) as entered_stage_at,
        max(valid_from) filter (where outcome <> 'open' and outcome_before is distinct from outcome) as last_closed_at
    from pairs
    group by opportunity_key

)

select
    facts.*,
    {{ run_id() }} as _run_id
from facts
