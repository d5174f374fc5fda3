{{ config(unique_key='opportunity_state_key', indexes=[{'columns': ['opportunity_state_key'], 'unique': true}, {'columns': ['opportunity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'files__opportunity_history') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'history_id']) }} as opportunity_state_key,
        _account as source_account,
        history_id,
        {{ key(['coalesce(opportunity_id__account, _account)', 'opportunity_id']) }} as opportunity_key,
        opportunity_id,

        ---------- text
        {{ clean('stage') }} as source_stage,
        {{ clean('forecast_category') }} as forecast_category,
        cast(null as {{ dbt.type_string() }}) as currency_code,

        ---------- numerics
        amount,
        {{ ratio('probability / 100') }} as probability,

        ---------- flags
        _deleted_at is not null as is_deleted,

        ---------- dates
        close_date,
        changed_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
