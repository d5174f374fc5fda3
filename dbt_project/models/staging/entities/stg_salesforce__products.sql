{{ config(unique_key='product_key', indexes=[{'columns': ['product_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__product2') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id']) }} as product_key,
        _account as source_account,
        id as product_id,

        ---------- text
        {{ clean('name') }} as product_name,
        {{ clean('product_code') }} as product_code,
        {{ clean('family') }} as product_family,

        ---------- numerics
        cast(null as numeric(20, 6)) as unit_list_price,
        cast(null as numeric(20, 6)) as unit_cost,

        ---------- flags
        coalesce(is_active, true) as is_active,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- timestamps
        system_modstamp as modified_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
