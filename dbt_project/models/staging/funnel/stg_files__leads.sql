{{ config(unique_key='lead_key', indexes=[{'columns': ['lead_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__leads') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'lead_id']) }} as lead_key,
        _account as source_account,
        lead_id,
        {{ key(['coalesce(owner_id__account, _account)', 'owner_id']) }} as owner_key,
        cast(null as {{ dbt.type_string() }}) as merged_into_key,
        {{ key(['coalesce(converted_account_id__account, _account)', 'converted_account_id']) }} as converted_account_key,
        {{ key(['coalesce(converted_contact_id__account, _account)', 'converted_contact_id']) }} as converted_contact_key,
        {{ key(['coalesce(converted_opportunity_id__account, _account)', 'converted_opportunity_id']) }} as converted_opportunity_key,

        ---------- text
        {{ clean('full_name') }} as full_name,
        {{ clean('email') }} as email,
        cast(null as {{ dbt.type_string() }}) as title,
        {{ clean('company_name') }} as company_name,
        {{ clean('lead_source') }} as lead_source,
        {{ clean('status') }} as status,
        {{ clean('industry') }} as industry,
        {{ clean('country') }} as country,
        {{ clean('segment') }} as segment,
        {{ clean('region') }} as region,

        ---------- dates and timestamps
        cast(null as date) as converted_date,
        converted_at,
        created_at,
        updated_at as modified_at,

        ---------- state
        coalesce(is_converted, converted_at is not null) as is_converted,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
