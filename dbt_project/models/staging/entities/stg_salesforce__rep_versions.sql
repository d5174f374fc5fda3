{{ config(unique_key='rep_version_key', indexes=[{'columns': ['rep_version_key'], 'unique': true}, {'columns': ['identity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__user__versions') }}
    {{ only_new('_replaced_by_load_id') }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id', '_replaced_by_load_id']) }} as rep_version_key,
        {{ key(['_account', 'id']) }} as identity_key,
        _account as source_account,
        id as rep_id,
        {{ key(['_account', 'manager_id']) }} as manager_identity_key,

        ---------- text
        {{ clean('employee_number') }} as employee_number,
        {{ clean('name') }} as rep_name,
        {{ fold("nullif(email, '')") }} as email,
        {{ clean('department') }} as team,
        {{ clean('title') }} as source_role,
        {{ clean('division') }} as region,
        {{ clean('default_currency_iso_code') }} as currency_code,

        ---------- numerics
        1 as source_rank,
        cast(null as bigint) as ramp_months,

        ---------- flags
        is_active,
        _deleted_at is not null as is_deleted,

        ---------- dates
        cast(null as date) as valid_from,
        cast(null as date) as hire_date,
        cast(null as date) as leave_date,
        system_modstamp as modified_at,
        _replaced_at as replaced_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
