{{ config(alias='products', meta={'publish': {'key': ['product_key'], 'touched_by': none}}) }}

with

products as (

    select * from {{ ref('products') }}

)

select
    product_key,
    product_id,
    source_account,
    product_name,
    product_code,
    product_family,
    unit_list_price,
    unit_cost,
    is_active,
    {{ run_id() }} as _run_id
from products
