{{ config(unique_key='opportunity_version_key', indexes=[{'columns': ['opportunity_version_key'], 'unique': true}, {'columns': ['opportunity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__opportunity__versions') }}
    {{ only_new('_replaced_by_load_id') }}

),

loads as (

    select * from {{ source('ops', 'loads') }}

),

runs as (

    select * from {{ source('ops', 'runs') }}

),

renamed as (

    select
        ---------- ids
        {{ key(['source._account', 'source.id', 'source._replaced_by_load_id']) }} as opportunity_version_key,
        {{ key(['source._account', 'source.id']) }} as opportunity_key,
        source._account as source_account,
        source.id as opportunity_id,
        source._account as owner_account,
        {{ key(['source._account', 'source.owner_id']) }} as owner_key,

        ---------- text
        {{ clean('source.currency_iso_code') }} as currency_code,
        {{ clean('source.stage_name') }} as source_stage,
        {{ clean('coalesce(source.forecast_category, source.forecast_category_name)') }} as forecast_category,

        ---------- numerics
        source.amount,
        {{ ratio('source.probability / 100') }} as probability,

        ---------- flags
        source.is_closed,
        source.is_won,
        coalesce(source.is_deleted, false) or source._deleted_at is not null as is_deleted,

        ---------- dates
        source.close_date,
        source.created_date as created_at,
        case
            when source._deleted_at is not null then coalesce(loads.extracted_until, runs.as_of, source._deleted_at)
            else coalesce(source.system_modstamp, source.last_modified_date, loads.extracted_until, runs.as_of, source._loaded_at)
        end as observed_at,
        source._replaced_at as replaced_at,

        ---------- run
        source._load_id,
        {{ run_id() }} as _run_id
    from source
    left join loads on loads.load_id = source._load_id
    left join runs on runs.run_id = loads.run_id

)

select * from renamed
