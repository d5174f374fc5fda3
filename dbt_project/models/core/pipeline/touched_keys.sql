{{ config(
    indexes=[{'columns': ['entity', 'entity_key']}],
    post_hook='analyze {{ this }}'
) }}

{# Every deal that something not yet published bears on; these, and only these, are computed anew.
   A deal's own rows, its children, and whatever its figures are looked up in: owner, account, product, stage, rate. #}
with

deals as (

    {{ union_staging('opportunities', [
        'opportunity_key', 'source_account', 'owner_account', 'owner_key', 'account_key', 'source_stage',
        'currency_code', '_run_id'
    ]) }}

),

versions as (

    {{ union_staging('opportunity_versions', [
        'opportunity_key', 'owner_key', 'source_stage', 'currency_code', '_run_id'
    ]) }}

),

states as (

    {{ union_staging('opportunity_states', ['opportunity_key', 'source_stage', 'currency_code', '_run_id']) }}

),

field_changes as (

    {{ union_staging('opportunity_field_changes', [
        'opportunity_key', 'field', 'old_value', 'new_value', '_run_id'
    ]) }}

),

lines as (

    {{ union_staging('opportunity_lines', ['opportunity_key', 'product_key', '_run_id']) }}

),

orders as (

    {{ union_staging('orders', [
        'order_key', 'opportunity_key', 'owner_key', 'account_key', 'currency_code', '_run_id'
    ]) }}

),

order_lines as (

    {{ union_staging('order_lines', ['order_key', 'product_key', '_run_id']) }}

),

own as (

    {% for relation in ['deals', 'versions', 'states', 'field_changes', 'lines'] -%}
    select opportunity_key from {{ relation }} where _run_id > {{ unpublished_after() }}
    union all
    {% endfor -%}
    select order_key from orders where _run_id > {{ unpublished_after() }}
    union all
    select order_key from order_lines where _run_id > {{ unpublished_after() }}
    union all
    select opportunity_key from {{ ref('stg_salesforce__opportunity_line_moves') }}
    union all
    select opportunity_key from {{ ref('stg_files__opportunity_line_moves') }}
    union all
    select opportunity_key from {{ ref('stg_files__order_line_moves') }}

),

with_orders as (

    select opportunity_key from own
    union all
    select orders.order_key
    from orders
    inner join own on own.opportunity_key = orders.opportunity_key

),

changed_identities as (

    select identity_key, source_account, rep_id
    from {{ ref('rep_identities') }} as identities
    where _run_id > {{ unpublished_after() }}
        or rep_key in (select rep_key from {{ ref('reps') }} where _run_id > {{ unpublished_after() }})
        or rep_key in (select rep_key from {{ ref('reps_history') }} where _run_id > {{ unpublished_after() }})

),

by_rep as (

    select deals.opportunity_key from deals inner join changed_identities on identity_key = deals.owner_key
    union all
    select versions.opportunity_key from versions inner join changed_identities on identity_key = versions.owner_key
    union all
    select orders.order_key from orders inner join changed_identities on identity_key = orders.owner_key
    union all
    select field_changes.opportunity_key
    from field_changes
    inner join changed_identities
        on changed_identities.rep_id in (field_changes.old_value, field_changes.new_value)
    where field_changes.field = 'owner_id'

),

changed_accounts as (

    select identity_key
    from {{ ref('account_identities') }} as identities
    where _run_id > {{ unpublished_after() }}
        or account_key in (select account_key from {{ ref('accounts') }} where _run_id > {{ unpublished_after() }})

),

by_account as (

    select deals.opportunity_key from deals inner join changed_accounts on identity_key = deals.account_key
    union all
    select orders.order_key from orders inner join changed_accounts on identity_key = orders.account_key

),

changed_products as (

    select product_key from {{ ref('products') }} where _run_id > {{ unpublished_after() }}

),

by_product as (

    select lines.opportunity_key from lines inner join changed_products using (product_key)
    union all
    select order_lines.order_key from order_lines inner join changed_products using (product_key)

),

changed_stages as (

    select source_stage from {{ ref('pipeline_stages') }} where _run_id > {{ unpublished_after() }}

),

by_stage as (

    {% for relation in ['deals', 'versions', 'states'] -%}
    select opportunity_key from {{ relation }}
    where {{ fold('source_stage') }} in (select source_stage from changed_stages)
    union all
    {% endfor -%}
    select opportunity_key from field_changes
    where field = 'stage'
        and (
            {{ fold('old_value') }} in (select source_stage from changed_stages)
            or {{ fold('new_value') }} in (select source_stage from changed_stages)
        )

),

{# At spot rates an open deal is worth something else every day. #}
changed_currencies as (

    select distinct currency_code
    from {{ ref('daily_rates') }}
    where _run_id > {{ unpublished_after() }} or 'spot' = (select rate_type from {{ ref('company') }})

),

by_currency as (

    {% for relation in ['deals', 'versions', 'states'] -%}
    select opportunity_key from {{ relation }}
    where upper(currency_code) in (select currency_code from changed_currencies)
    union all
    {% endfor -%}
    select order_key from orders where upper(currency_code) in (select currency_code from changed_currencies)
    union all
    select opportunity_key from field_changes
    where field = 'currency_code'
        and (
            upper(old_value) in (select currency_code from changed_currencies)
            or upper(new_value) in (select currency_code from changed_currencies)
        )

),

by_recording as (

    select states.opportunity_key
    from (
        {{ union_staging('opportunity_states', ['opportunity_key', 'source_account']) }}
    ) as states
    inner join (
        select distinct source_account from {{ ref('recorded_fields') }} where _run_id > {{ unpublished_after() }}
    ) as changed using (source_account)

),

touched as (

    select opportunity_key from with_orders
    union
    select opportunity_key from by_rep
    union
    select opportunity_key from by_account
    union
    select opportunity_key from by_product
    union
    select opportunity_key from by_stage
    union
    select opportunity_key from by_currency
    union
    select opportunity_key from by_recording

)

select
    {{ run_id() }} as run_id,
    'opportunity' as entity,
    opportunity_key as entity_key
from touched
where opportunity_key is not null
    {# Everything is computed anew then, and nobody asks what was touched. #}
    {% if flags.FULL_REFRESH %}and false{% endif %}
