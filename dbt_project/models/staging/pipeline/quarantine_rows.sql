{{ config(materialized='table') }}

{# Rows whose header is missing: set aside here, and back by themselves once the header comes. #}
with

deals as (

    {{ union_staging('opportunities', ['opportunity_key']) }}

),

orders as (

    {{ union_staging('orders', ['order_key']) }}

),

children as (

    {{ orphans('opportunity_states', 'opportunity history', 'opportunity_state_key', 'history_id') }}
    union all
    {{ orphans('opportunity_field_changes', 'opportunity field history', 'opportunity_field_change_key', 'history_id') }}
    union all
    {{ orphans('opportunity_lines', 'opportunity lines', 'line_key', 'line_id', 'amount') }}
    union all
    {{ orphans('opportunity_splits', 'opportunity splits', 'split_key', 'split_id') }}

),

order_children as (

    select
        order_lines.order_line_key as row_hash,
        'order lines' as subject,
        order_lines.source_account,
        order_lines.order_line_id as row_key,
        'order_id' as column_name,
        order_lines.order_id as value,
        order_lines.list_amount as amount,
        order_lines._load_id
    from (
        {{ union_staging('order_lines', [
            'order_line_key', 'source_account', 'order_line_id', 'order_id', 'order_key', 'list_amount', 'is_deleted',
            '_load_id'
        ]) }}
    ) as order_lines
    left join orders on orders.order_key = order_lines.order_key
    where orders.order_key is null and not order_lines.is_deleted

),

together as (

    select * from children
    union all
    select * from order_children

)

select
    row_hash,
    subject,
    coalesce(loads.table_name, subject) as table_name,
    together.source_account as account,
    together.row_key,
    together.column_name,
    together.value,
    'the ' || replace(together.column_name, '_id', '') || ' it belongs to is known' as rule,
    together.amount,
    together._load_id,
    {{ run_id() }} as _run_id
from together
left join {{ source('ops', 'loads') }} as loads on loads.load_id = together._load_id
