-- A goal of a rep, team or region that nobody knows has no result to be measured by: name it.

{{ config(severity='warn') }}

with

validation_errors as (

    select
        goal_id,
        source_account,
        subject_level,
        subject_key
    from {{ ref('goals') }}
    where not is_subject_known and goal_source = 'goal'

)

select * from validation_errors
