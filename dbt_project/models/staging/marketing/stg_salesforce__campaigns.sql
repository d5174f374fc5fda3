{{ config(unique_key='campaign_key', indexes=[{'columns': ['campaign_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__campaign') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id']) }} as campaign_key,
        _account as source_account,
        id as campaign_id,
        {{ key(['_account', 'owner_id']) }} as owner_key,

        ---------- text
        {{ clean('name') }} as campaign_name,
        {{ clean('type') }} as channel,
        {{ clean('status') }} as status,
        {{ clean('currency_iso_code') }} as currency_code,

        ---------- numerics
        budgeted_cost,
        actual_cost,

        ---------- dates and timestamps
        start_date,
        end_date,
        created_date as created_at,
        system_modstamp as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
