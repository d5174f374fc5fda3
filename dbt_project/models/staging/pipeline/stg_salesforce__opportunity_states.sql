{{ config(unique_key='opportunity_state_key', indexes=[{'columns': ['opportunity_state_key'], 'unique': true}, {'columns': ['opportunity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__opportunity_history') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id']) }} as opportunity_state_key,
        _account as source_account,
        id as history_id,
        {{ key(['_account', 'opportunity_id']) }} as opportunity_key,
        opportunity_id,

        ---------- text
        {{ clean('stage_name') }} as source_stage,
        {{ clean('forecast_category') }} as forecast_category,
        {{ clean('currency_iso_code') }} as currency_code,

        ---------- numerics
        amount,
        {{ ratio('probability / 100') }} as probability,

        ---------- flags
        _deleted_at is not null as is_deleted,

        ---------- dates
        close_date,
        created_date as changed_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
