-- Lead sources of people that mappings/lead_sources.csv lacks: name them, with how many people they concern.

{{ config(severity='warn') }}

with

validation_errors as (

    select
        lead_source,
        count(*) as people
    from {{ ref('people') }}
    where channel = 'unmapped'
    group by lead_source

)

select * from validation_errors
