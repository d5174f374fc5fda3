{{ config(unique_key='opportunity_key', indexes=[{'columns': ['opportunity_key'], 'unique': true}, {'columns': ['owner_key']}, {'columns': ['account_key']}]) }}

with

source as (

    select * from {{ source('raw', 'files__opportunities') }}
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
        {{ key(['source._account', 'source.opportunity_id']) }} as opportunity_key,
        source._account as source_account,
        source.opportunity_id,
        coalesce(
            {{ key(['coalesce(source.account_id__account, source._account)', 'source.account_id']) }},
            {{ key(['source._account', named('source.account_name')]) }}
        ) as account_key,
        coalesce(source.owner_id__account, source._account) as owner_account,
        coalesce(
            {{ key(['coalesce(source.owner_id__account, source._account)', 'source.owner_id']) }},
            {{ key(['source._account', named('source.owner_name')]) }}
        ) as owner_key,
        {{ key(['coalesce(source.campaign_id__account, source._account)', 'source.campaign_id']) }} as campaign_key,

        ---------- text
        {{ clean('source.opportunity_name') }} as opportunity_name,
        {{ clean('source.account_name') }} as account_name,
        {{ clean('source.owner_name') }} as owner_name,
        upper({{ clean('source.currency_code') }}) as currency_code,
        {{ clean('source.stage') }} as source_stage,
        {{ clean('source.forecast_category') }} as forecast_category,
        {{ clean('source.lead_source') }} as lead_source,
        {{ clean('source.opportunity_type') }} as opportunity_type,
        {{ clean('source.next_step') }} as next_step,
        {{ clean('source.loss_reason') }} as outcome_reason,
        {{ clean('source.competitor') }} as competitor,

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
        source.created_at,
        case  -- a file without a clock shows what stood just before the run's moment
            when source._deleted_at is not null
                then coalesce(loads.extracted_until, {{ dbt.dateadd('microsecond', -1, 'runs.as_of') }}, source._deleted_at)
            else coalesce(
                source.updated_at, loads.extracted_until, {{ dbt.dateadd('microsecond', -1, 'runs.as_of') }}, source._loaded_at
            )
        end as observed_at,
        source.updated_at as modified_at,

        ---------- run
        source._load_id,
        {{ run_id() }} as _run_id
    from source
    left join loads on loads.load_id = source._load_id
    left join runs on runs.run_id = loads.run_id

)

select * from renamed
