{{ config(unique_key='opportunity_key', indexes=[{'columns': ['opportunity_key'], 'unique': true}, {'columns': ['owner_key']}, {'columns': ['account_key']}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__opportunity') }}
    {{ only_new() }}

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
        {{ key(['source._account', 'source.id']) }} as opportunity_key,
        source._account as source_account,
        source.id as opportunity_id,
        {{ key(['source._account', 'source.account_id']) }} as account_key,
        source._account as owner_account,
        {{ key(['source._account', 'source.owner_id']) }} as owner_key,
        {{ key(['source._account', 'source.campaign_id']) }} as campaign_key,

        ---------- text
        {{ clean('source.name') }} as opportunity_name,
        cast(null as {{ dbt.type_string() }}) as account_name,
        cast(null as {{ dbt.type_string() }}) as owner_name,
        {{ clean('source.currency_iso_code') }} as currency_code,
        {{ clean('source.stage_name') }} as source_stage,
        {{ clean('coalesce(source.forecast_category, source.forecast_category_name)') }} as forecast_category,
        {{ clean('source.lead_source') }} as lead_source,
        {{ clean('source.type') }} as opportunity_type,
        {{ clean('source.next_step') }} as next_step,
        {{ clean('source.loss_reason__c') }} as outcome_reason,
        {{ clean('source.competitor__c') }} as competitor,

        ---------- numerics
        source.amount,
        {{ ratio('source.probability / 100') }} as probability,

        ---------- flags
        source.is_closed,
        source.is_won,
        coalesce(source.is_deleted, false) or source._deleted_at is not null as is_deleted,

        ---------- dates
        source.close_date,
        source.last_activity_date,
        source.created_date as created_at,
        case
            when source._deleted_at is not null then coalesce(loads.extracted_until, runs.as_of, source._deleted_at)
            else coalesce(source.system_modstamp, source.last_modified_date, loads.extracted_until, runs.as_of, source._loaded_at)
        end as observed_at,
        coalesce(source.last_modified_date, source.system_modstamp) as modified_at,

        ---------- run
        source._load_id,
        {{ run_id() }} as _run_id
    from source
    left join loads on loads.load_id = source._load_id
    left join runs on runs.run_id = loads.run_id

)

select * from renamed
