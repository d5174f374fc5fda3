{{ config(unique_key='campaign_key', indexes=[{'columns': ['campaign_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__campaigns') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'campaign_id']) }} as campaign_key,
        _account as source_account,
        campaign_id,
        cast(null as {{ dbt.type_string() }}) as owner_key,

        ---------- text
        {{ clean('campaign_name') }} as campaign_name,
        {{ clean('channel') }} as channel,
        {{ clean('status') }} as status,
        {{ clean('currency_code') }} as currency_code,

        ---------- numerics
        budgeted_cost,
        actual_cost,

        ---------- dates and timestamps
        start_date,
        end_date,
        created_at,
        updated_at as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
