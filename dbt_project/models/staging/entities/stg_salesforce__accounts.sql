{{ config(unique_key='account_key', indexes=[{'columns': ['account_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__account') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id']) }} as account_key,
        _account as source_account,
        id as account_id,
        {{ key(['_account', 'parent_id']) }} as parent_account_key,
        {{ key(['_account', 'master_record_id']) }} as merged_into_key,
        {{ key(['_account', 'owner_id']) }} as owner_key,

        ---------- text
        {{ clean('name') }} as account_name,
        {{ clean('segment__c') }} as source_segment,
        {{ clean('type') }} as account_type,
        {{ clean('industry') }} as industry,
        {{ clean('region__c') }} as region,
        {{ clean('billing_country') }} as country,
        {{ clean('currency_iso_code') }} as currency_code,

        ---------- numerics
        number_of_employees as employee_count,
        annual_revenue,

        ---------- flags
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- timestamps
        created_date as created_at,
        system_modstamp as modified_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
