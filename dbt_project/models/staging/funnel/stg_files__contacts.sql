{{ config(unique_key='contact_key', indexes=[{'columns': ['contact_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__contacts') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'contact_id']) }} as contact_key,
        _account as source_account,
        contact_id,
        {{ key(['coalesce(account_id__account, _account)', 'account_id']) }} as account_key,
        {{ key(['coalesce(owner_id__account, _account)', 'owner_id']) }} as owner_key,
        cast(null as {{ dbt.type_string() }}) as merged_into_key,

        ---------- text
        {{ clean('full_name') }} as full_name,
        {{ clean('email') }} as email,
        {{ clean('title') }} as title,
        {{ clean('lead_source') }} as lead_source,

        ---------- timestamps
        created_at,
        updated_at as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
