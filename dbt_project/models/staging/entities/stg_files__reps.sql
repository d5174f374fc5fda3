{{ config(unique_key='rep_row_key', indexes=[{'columns': ['rep_row_key'], 'unique': true}, {'columns': ['identity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'files__reps') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'rep_id', 'valid_from']) }} as rep_row_key,
        {{ key(['_account', 'rep_id']) }} as identity_key,
        _account as source_account,
        rep_id,
        {{ key(['coalesce(manager_id__account, _account)', 'manager_id']) }} as manager_identity_key,

        ---------- text
        {{ clean('employee_number') }} as employee_number,
        {{ clean('rep_name') }} as rep_name,
        {{ fold("nullif(email, '')") }} as email,
        {{ clean('team') }} as team,
        {{ clean('role') }} as source_role,
        {{ clean('region') }} as region,
        {{ clean('currency_code') }} as currency_code,

        ---------- numerics
        case  -- nothing but a name: ranks like a mention
            when rep_id like 'name:%' and employee_number is null and email is null then 9
            else 2
        end as source_rank,
        ramp_months,

        ---------- flags
        is_active,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- dates
        nullif(valid_from, date '1900-01-01') as valid_from,
        hire_date,
        leave_date,
        updated_at as modified_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
