{{ config(unique_key='opportunity_field_change_key', indexes=[{'columns': ['opportunity_field_change_key'], 'unique': true}, {'columns': ['opportunity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'files__opportunity_field_history') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'history_id']) }} as opportunity_field_change_key,
        _account as source_account,
        history_id,
        {{ key(['coalesce(opportunity_id__account, _account)', 'opportunity_id']) }} as opportunity_key,
        opportunity_id,

        ---------- text
        {{ history_field('field') }} as field,
        {{ clean('old_value') }} as old_value,
        {{ clean('new_value') }} as new_value,

        ---------- flags
        _deleted_at is not null as is_deleted,

        ---------- dates
        changed_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
