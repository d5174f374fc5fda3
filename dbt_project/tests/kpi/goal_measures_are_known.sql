-- A goal for a measure that nothing counts has no result: name it.

{{ config(severity='warn') }}

with

validation_errors as (

    select
        measure,
        goal_source,
        count(*) as goals
    from {{ ref('goals') }}
    where measure not in ({{ quoted(goal_measures()) }})
    group by measure, goal_source

)

select * from validation_errors
