{{ config(unique_key='lead_key', indexes=[{'columns': ['lead_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__lead') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id']) }} as lead_key,
        _account as source_account,
        id as lead_id,
        {{ key(['_account', 'owner_id']) }} as owner_key,
        {{ key(['_account', 'master_record_id']) }} as merged_into_key,
        {{ key(['_account', 'converted_account_id']) }} as converted_account_key,
        {{ key(['_account', 'converted_contact_id']) }} as converted_contact_key,
        {{ key(['_account', 'converted_opportunity_id']) }} as converted_opportunity_key,

        ---------- text
        {{ clean('name') }} as full_name,
        {{ clean('email') }} as email,
        {{ clean('title') }} as title,
        {{ clean('company') }} as company_name,
        {{ clean('lead_source') }} as lead_source,
        {{ clean('status') }} as status,
        {{ clean('industry') }} as industry,
        {{ clean('country') }} as country,
        {{ clean('segment__c') }} as segment,
        {{ clean('region__c') }} as region,

        ---------- dates and timestamps
        converted_date,
        cast(null as timestamp with time zone) as converted_at,
        created_date as created_at,
        system_modstamp as modified_at,

        ---------- state
        coalesce(is_converted, false) as is_converted,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
