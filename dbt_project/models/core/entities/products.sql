{{ config(
    materialized='incremental', incremental_strategy='changed', unique_key='product_key',
    indexes=[{'columns': ['product_key'], 'unique': true}]
) }}

{# A product that lines know by name only is a product too. #}
with

products as (

    {{ union_staging('products', [
        'product_key', 'source_account', 'product_id', 'product_name', 'product_code', 'product_family',
        'unit_list_price', 'unit_cost', 'is_active', 'is_deleted'
    ]) }}

),

lines as (

    {{ union_staging('opportunity_lines', ['product_key', 'source_account', 'product_name']) }}
    union all
    {{ union_staging('order_lines', ['product_key', 'source_account', 'product_name']) }}

),

named_only as (

    select
        lines.product_key,
        min(lines.source_account) as source_account,
        min(lines.product_name) as product_name
    from lines
    left join products on products.product_key = lines.product_key
    where products.product_key is null and lines.product_key is not null and lines.product_name is not null
    group by lines.product_key

),

members as (

    select
        product_key, product_id, source_account, product_name, product_code, product_family, unit_list_price, unit_cost,
        is_active and not is_deleted as is_active
    from products
    union all
    select product_key, product_name, source_account, product_name, null, null, null, null, true
    from named_only
    union all
    select {{ unknown_key() }}, 'unknown', 'unknown', 'Unknown', null, null, null, null, false

)

select
    members.*,
    {{ run_id() }} as _run_id
from members
