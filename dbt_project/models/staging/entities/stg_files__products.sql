{{ config(unique_key='product_key', indexes=[{'columns': ['product_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__products') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'product_id']) }} as product_key,
        _account as source_account,
        product_id,

        ---------- text
        {{ clean('product_name') }} as product_name,
        {{ clean('product_code') }} as product_code,
        {{ clean('product_family') }} as product_family,

        ---------- numerics
        unit_list_price,
        unit_cost,

        ---------- flags
        coalesce(is_active, true) as is_active,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- timestamps
        updated_at as modified_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
