{{ config(materialized='view') }}

{# Where lines of loads not published yet stood before: a deal that lost a line is recomputed too. #}
with

source as (

    select * from {{ source('raw', 'files__opportunity_lines__versions') }}

),

loads as (

    select * from {{ source('ops', 'loads') }}

),

renamed as (

    select
        {{ key(['_account', 'line_id']) }} as line_key,
        {{ key(['coalesce(opportunity_id__account, _account)', 'opportunity_id']) }} as opportunity_key
    from source
    where _replaced_by_load_id in (
        select load_id from loads where committed_at is not null and published_run_id is null
    )

)

select * from renamed
