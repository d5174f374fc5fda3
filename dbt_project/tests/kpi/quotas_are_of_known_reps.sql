-- A quota of a rep nobody knows counts for the company and for no person: name it.

{{ config(severity='warn') }}

with

validation_errors as (

    select
        quota_key,
        measure,
        month_start
    from {{ ref('quotas') }}
    where rep_key = {{ unknown_key() }}

)

select * from validation_errors
