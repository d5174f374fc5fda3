{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    meta={'touched_by': 'opportunity'},
    indexes=[{'columns': ['booking_key'], 'unique': true}, {'columns': ['opportunity_key']}]
) }}

{# One row per booked line of a won deal, and one for what the deal is worth beyond (or short of) its lines, so that
   a deal's rows sum up to its amount. A deal without lines is one row. An order without a deal is such a deal. #}
with

deals as (

    select * from {{ ref('opportunities') }}
    where is_won and not is_deleted {{ only_touched('opportunity_key', prefix='and') }}

),

opportunity_lines as (

    select *
    from (
        {{ union_staging('opportunity_lines', [
            'line_key', 'line_id', 'opportunity_key', 'product_key', 'product_name', 'quantity', 'list_amount', 'amount',
            'cost_amount', 'is_deleted'
        ]) }}
    ) as staged
    where not is_deleted {{ only_touched('opportunity_key', prefix='and') }}

),

order_lines as (

    select *
    from (
        {{ union_staging('order_lines', [
            'order_line_key', 'order_line_id', 'order_key', 'product_key', 'product_name', 'quantity', 'list_amount',
            'amount', 'cost_amount', 'is_deleted'
        ]) }}
    ) as staged
    where not is_deleted {{ only_touched('order_key', prefix='and') }}

),

lines as (

    select
        line_key, line_id, opportunity_key, product_key, product_name, quantity, list_amount, amount, cost_amount,
        'opportunity_line' as booking_source
    from opportunity_lines
    union all
    select
        order_line_key, order_line_id, order_key, product_key, product_name, quantity, list_amount, amount, cost_amount,
        'order_line'
    from order_lines

),

booked_lines as (

    select
        lines.*,
        coalesce(lines.amount, 0) as net_amount_local,
        {{ rate_of('rates', 'deals.currency_code') }} as rate,
        coalesce(products.unit_cost * lines.quantity, null) as standard_cost,
        products.product_name as known_name,
        products.product_family,
        products.product_key as known_product_key
    from lines
    inner join deals on deals.opportunity_key = lines.opportunity_key
    left join {{ ref('products') }} as products on products.product_key = lines.product_key
    {{ join_rate('rates', 'deals.currency_code', 'deals.close_date') }}

),

line_sums as (

    select
        opportunity_key,
        sum(net_amount_local) as net_amount_local,
        sum({{ money('net_amount_local * rate') }}) as net_amount
    from booked_lines
    group by opportunity_key

),

together as (

    select
        line_key as booking_key,
        booking_source,
        opportunity_key,
        line_id,
        {{ or_unknown('known_product_key') }} as product_key,
        coalesce(known_name, product_name) as product_name,
        product_family,
        quantity,
        {{ money('list_amount * rate') }} as list_amount,
        {{ money('net_amount_local * rate') }} as net_amount,
        {{ money('coalesce(cost_amount, standard_cost) * rate') }} as cost_amount,
        list_amount as list_amount_local,
        net_amount_local
    from booked_lines

    union all

    select
        {{ key(["'rest'", 'deals.opportunity_key']) }},
        case when line_sums.opportunity_key is null then 'opportunity' else 'unallocated' end,
        deals.opportunity_key,
        null,
        {{ unknown_key() }},
        null,
        null,
        null,
        null,
        coalesce(deals.amount, 0) - coalesce(line_sums.net_amount, 0),
        null,
        null,
        coalesce(deals.amount_local, 0) - coalesce(line_sums.net_amount_local, 0)
    from deals
    left join line_sums on line_sums.opportunity_key = deals.opportunity_key
    where line_sums.opportunity_key is null
        or coalesce(deals.amount, 0) <> line_sums.net_amount
        or coalesce(deals.amount_local, 0) <> line_sums.net_amount_local

)

select
    together.booking_key,
    together.booking_source,
    together.opportunity_key,
    deals.order_key,
    together.line_id,
    deals.account_key,
    deals.rep_key,
    together.product_key,
    together.product_name,
    together.product_family,
    accounts.segment,
    coalesce(accounts.region, deals.own_region) as region,
    deals.close_date as booking_date,
    together.quantity,
    together.list_amount,
    {{ money('together.list_amount - together.net_amount') }} as discount_amount,
    together.net_amount,
    together.cost_amount,
    together.net_amount_local,
    together.list_amount_local,
    {{ money('together.list_amount_local - together.net_amount_local') }} as discount_amount_local,
    deals.currency_code,
    {{ run_id() }} as _run_id
from together
inner join deals on deals.opportunity_key = together.opportunity_key
left join {{ ref('accounts') }} as accounts on accounts.account_key = deals.account_key
