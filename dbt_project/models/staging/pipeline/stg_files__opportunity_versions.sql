{{ config(unique_key='opportunity_version_key', indexes=[{'columns': ['opportunity_version_key'], 'unique': true}, {'columns': ['opportunity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'files__opportunities__versions') }}
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
        {{ key(['source._account', 'source.opportunity_id', 'source._replaced_by_load_id']) }} as opportunity_version_key,
        {{ key(['source._account', 'source.opportunity_id']) }} as opportunity_key,
        source._account as source_account,
        source.opportunity_id,
        coalesce(source.owner_id__account, source._account) as owner_account,
        coalesce(
            {{ key(['coalesce(source.owner_id__account, source._account)', 'source.owner_id']) }},
            {{ key(['source._account', named('source.owner_name')]) }}
        ) as owner_key,

        ---------- text
        upper({{ clean('source.currency_code') }}) as currency_code,
        {{ clean('source.stage') }} as source_stage,
        {{ clean('source.forecast_category') }} as forecast_category,

        ---------- numerics
        source.amount,
        {{ ratio('source.probability / 100') }} as probability,

        ---------- flags
        source.is_closed,
        source.is_won,
        coalesce(source.is_deleted, false) or source._deleted_at is not null as is_deleted,

        ---------- dates
        source.close_date,
        source.created_at,
        case  -- a file without a clock shows what stood just before the run's moment
            when source._deleted_at is not null
                then coalesce(loads.extracted_until, {{ dbt.dateadd('microsecond', -1, 'runs.as_of') }}, source._deleted_at)
            else coalesce(
                source.updated_at, loads.extracted_until, {{ dbt.dateadd('microsecond', -1, 'runs.as_of') }}, source._loaded_at
            )
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
