{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    meta={'touched_by': 'opportunity'},
    indexes=[{'columns': ['opportunity_key', 'stay_number'], 'unique': true}]
) }}

{# One row per uninterrupted stay of a deal in a stage, as the source calls it; a stay still going on has no end. #}
with

changes as (

    select * from {{ ref('opportunity_changes') }}
    {{ only_touched('opportunity_key') }}

),

marked as (

    select
        changes.*,
        case
            when lag(source_stage) over by_time is not distinct from source_stage
                and lag(outcome) over by_time = outcome
                and lag(is_deleted) over by_time = is_deleted
                then 0
            else 1
        end as is_entry
    from changes
    window by_time as (partition by opportunity_key order by change_number)

),

numbered as (

    select
        marked.*,
        sum(is_entry) over (partition by opportunity_key order by change_number) as stay_number
    from marked

),

stays as (

    select
        opportunity_key,
        cast(stay_number as integer) as stay_number,
        min(stage) as stage,
        min(source_stage) as source_stage,
        min(stage_order) as stage_order,
        min(outcome) as outcome,
        bool_or(is_deleted) as is_deleted,
        min(valid_from) as entered_at,
        case when bool_or(valid_to is null) then null else max(valid_to) end as left_at,
        min(change_date) as entered_date,
        case when bool_or(valid_to is null) then null else max(end_date) end as left_date
    from numbered
    group by opportunity_key, stay_number

)

select
    stays.*,
    lag(stage) over by_stay as previous_stage,
    lead(stage) over by_stay as next_stage,
    lead(stage_order) over by_stay as next_stage_order,
    {{ run_id() }} as _run_id
from stays
window by_stay as (partition by opportunity_key order by stay_number)
