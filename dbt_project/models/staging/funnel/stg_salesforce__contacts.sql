{{ config(unique_key='contact_key', indexes=[{'columns': ['contact_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__contact') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id']) }} as contact_key,
        _account as source_account,
        id as contact_id,
        {{ key(['_account', 'account_id']) }} as account_key,
        {{ key(['_account', 'owner_id']) }} as owner_key,
        {{ key(['_account', 'master_record_id']) }} as merged_into_key,

        ---------- text
        {{ clean('name') }} as full_name,
        {{ clean('email') }} as email,
        {{ clean('title') }} as title,
        {{ clean('lead_source') }} as lead_source,

        ---------- timestamps
        created_date as created_at,
        system_modstamp as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
