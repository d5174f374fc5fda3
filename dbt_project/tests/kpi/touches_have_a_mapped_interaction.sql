-- Interactions that mappings/interactions.csv lacks prove no funnel stage: name them, with how often they occur.

{{ config(severity='warn') }}

with

validation_errors as (

    select
        interaction,
        count(*) as touches
    from {{ ref('touches') }}
    where funnel_stage = 'unmapped'
    group by interaction

)

select * from validation_errors
