{{ config(unique_key='order_line_key', indexes=[{'columns': ['order_line_key'], 'unique': true}, {'columns': ['order_key']}]) }}

with

source as (

    select * from {{ source('raw', 'files__order_lines') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'order_line_id']) }} as order_line_key,
        _account as source_account,
        order_line_id,
        {{ key(['coalesce(order_id__account, _account)', "'order:' || order_id"]) }} as order_key,
        order_id,
        coalesce(
            {{ key(['coalesce(product_id__account, _account)', 'product_id']) }},
            {{ key(['_account', named('product_name')]) }}
        ) as product_key,

        ---------- text
        {{ clean('product_name') }} as product_name,

        ---------- numerics
        quantity,
        coalesce(
            list_amount,
            {{ money('quantity * unit_list_price') }},
            amount + coalesce(discount_amount, 0)
        ) as list_amount,
        coalesce(
            amount,
            coalesce(list_amount, {{ money('quantity * unit_list_price') }}) - coalesce(discount_amount, 0)
        ) as amount,
        cost_amount,

        ---------- flags
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
