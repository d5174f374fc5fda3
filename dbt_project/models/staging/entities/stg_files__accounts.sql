{{ config(unique_key='account_key', indexes=[{'columns': ['account_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__accounts') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'account_id']) }} as account_key,
        _account as source_account,
        account_id,
        {{ key(['coalesce(parent_account_id__account, _account)', 'parent_account_id']) }} as parent_account_key,
        cast(null as {{ dbt.type_string() }}) as merged_into_key,
        {{ key(['coalesce(owner_id__account, _account)', 'owner_id']) }} as owner_key,

        ---------- text
        {{ clean('account_name') }} as account_name,
        {{ clean('segment') }} as source_segment,
        {{ clean('account_type') }} as account_type,
        {{ clean('industry') }} as industry,
        {{ clean('region') }} as region,
        {{ clean('country') }} as country,
        {{ clean('currency_code') }} as currency_code,

        ---------- numerics
        employee_count,
        annual_revenue,

        ---------- flags
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- timestamps
        created_at,
        updated_at as modified_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
