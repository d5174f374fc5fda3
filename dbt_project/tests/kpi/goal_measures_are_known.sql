-- A goal for a measure that nothing counts would stand at zero for ever: name it.

{{ config(severity='warn') }}

with

validation_errors as (

    select
        measure,
        count(*) as quotas
    from {{ ref('quotas') }}
    where measure not in ({{ quoted(goal_measures()) }})
    group by measure

)

select * from validation_errors
