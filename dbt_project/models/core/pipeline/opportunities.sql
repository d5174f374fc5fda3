{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    meta={'touched_by': 'opportunity'},
    indexes=[{'columns': ['opportunity_key'], 'unique': true}],
    post_hook='analyze {{ this }}'
) }}

{# Deals as their headers stand, and orders without a deal as deals born won on their date. #}
with

company as (

    select * from {{ ref('company') }}

),

headers as (

    select *
    from (
        {{ union_staging('opportunities', [
            'opportunity_key', 'source_account', 'opportunity_id', 'account_key', 'owner_account', 'owner_key',
            'campaign_key', 'opportunity_name', 'currency_code', 'source_stage', 'forecast_category', 'lead_source',
            'opportunity_type', 'next_step', 'outcome_reason', 'competitor', 'amount', 'probability', 'is_closed', 'is_won',
            'is_deleted', 'close_date', 'last_activity_date', 'created_at', 'observed_at', 'modified_at'
        ]) }}
    ) as staged
    {{ only_touched('opportunity_key') }}

),

lines as (

    select opportunity_key, sum(amount) as amount
    from (
        {{ union_staging('opportunity_lines', ['opportunity_key', 'amount', 'is_deleted']) }}
    ) as staged
    where not is_deleted {{ only_touched('opportunity_key', prefix='and') }}
    group by opportunity_key

),

orders as (

    select *
    from (
        {{ union_staging('orders', [
            'order_key', 'source_account', 'order_id', 'account_key', 'owner_key', 'opportunity_key', 'currency_code',
            'order_type', 'channel', 'region', 'is_cancelled', 'is_deleted', 'order_date', 'created_at', 'modified_at'
        ]) }}
    ) as staged
    where not is_cancelled {{ only_touched('order_key', prefix='and') }}

),

order_lines as (

    select order_key, sum(amount) as amount
    from (
        {{ union_staging('order_lines', ['order_key', 'amount', 'is_deleted']) }}
    ) as staged
    where not is_deleted {{ only_touched('order_key', prefix='and') }}
    group by order_key

),

deals_of_orders as (

    {{ union_staging('opportunities', ['opportunity_key', 'is_deleted']) }}

),

stages as (

    select * from {{ ref('pipeline_stages') }}

),

deals as (

    select
        headers.opportunity_key,
        headers.opportunity_id,
        headers.source_account,
        headers.opportunity_name,
        headers.account_key,
        headers.owner_key,
        headers.owner_account,
        coalesce(headers.amount, {{ money('lines.amount') }}) as amount_local,
        upper(headers.currency_code) as currency_code,
        headers.source_stage,
        {{ outcome_of('headers', 'stages') }} as outcome,
        stages.stage as mapped_stage,
        stages.stage_order as mapped_order,
        headers.is_deleted,
        headers.created_at,
        headers.close_date,
        headers.probability as given_probability,
        stages.probability,
        headers.forecast_category,
        headers.lead_source,
        cast(null as {{ dbt.type_string() }}) as own_channel,
        headers.opportunity_type,
        headers.campaign_key,
        headers.outcome_reason,
        headers.competitor,
        headers.next_step,
        headers.last_activity_date,
        headers.observed_at,
        headers.modified_at,
        cast(null as {{ dbt.type_string() }}) as order_key,
        cast(null as {{ dbt.type_string() }}) as own_region
    from headers
    left join lines on lines.opportunity_key = headers.opportunity_key
    left join stages on stages.source_stage = {{ fold('headers.source_stage') }}

    union all

    select
        orders.order_key,
        orders.order_id,
        orders.source_account,
        'Order ' || orders.order_id,
        orders.account_key,
        orders.owner_key,
        orders.source_account,
        {{ money('order_lines.amount') }},
        orders.currency_code,
        'Order',
        'won',
        'post_sale',
        6,
        orders.is_deleted,
        {{ day_start('orders.order_date') }},
        orders.order_date,
        1,
        1,
        null,
        null,
        orders.channel,
        orders.order_type,
        null,
        null,
        null,
        null,
        null,
        {{ day_start('orders.order_date') }},
        orders.modified_at,
        orders.order_key,
        orders.region
    from orders
    left join order_lines on order_lines.order_key = orders.order_key
    left join deals_of_orders
        on deals_of_orders.opportunity_key = orders.opportunity_key and not deals_of_orders.is_deleted
    where deals_of_orders.opportunity_key is null

),

lead_sources as (

    select * from {{ ref('stg_company__lead_sources') }}

),

resolved as (

    select
        deals.opportunity_key,
        deals.opportunity_id,
        deals.source_account,
        deals.opportunity_name,
        {{ or_unknown('accounts.account_key') }} as account_key,
        {{ or_unknown('reps.rep_key') }} as rep_key,
        deals.amount_local,
        coalesce(deals.currency_code, company.currency_code) as currency_code,
        case deals.outcome
            when 'won' then 'post_sale'
            when 'lost' then 'lost'
            else coalesce(deals.mapped_stage, 'unmapped')
        end as stage,
        deals.source_stage,
        case deals.outcome
            when 'won' then 6
            when 'lost' then 0
            else deals.mapped_order
        end as stage_order,
        deals.outcome,
        deals.outcome = 'open' as is_open,
        deals.outcome = 'won' as is_won,
        deals.outcome = 'lost' as is_lost,
        deals.is_deleted,
        deals.created_at,
        {{ company_date('deals.created_at') }} as created_date,
        deals.close_date,
        {{ probability_of('deals.outcome', 'deals.given_probability', 'deals') }} as probability,
        {{ forecast_category('deals.forecast_category') }} as forecast_category,
        deals.lead_source,
        coalesce(
            deals.own_channel,
            lead_sources.channel,
            case when deals.lead_source is not null then 'unmapped' end
        ) as channel,
        coalesce(
            lead_sources.technique, case when deals.lead_source is not null then 'unmapped' end
        ) as technique,
        deals.opportunity_type,
        deals.campaign_key,
        deals.outcome_reason,
        deals.competitor,
        deals.next_step,
        deals.last_activity_date,
        deals.modified_at,
        deals.observed_at,
        deals.owner_account,
        deals.owner_key,
        deals.order_key,
        deals.own_region
    from deals
    cross join company
    left join {{ ref('account_identities') }} as accounts on accounts.identity_key = deals.account_key
    left join {{ ref('rep_identities') }} as reps on reps.identity_key = deals.owner_key
    left join lead_sources on lead_sources.lead_source = {{ fold('deals.lead_source') }}

),

{# At plan rates by the close date's period; at spot rates closed deals by their close date, open ones by as_of. #}
priced as (

    select
        resolved.*,
        {{ converted('resolved.amount_local', 'rates', 'resolved.currency_code') }} as amount
    from resolved
    cross join company
    {{ join_rate(
        'rates', 'resolved.currency_code',
        "case when company.rate_type = 'spot' and resolved.is_open then " ~ as_of_date() ~ " else resolved.close_date end"
    ) }}

)

select
    priced.*,
    {{ run_id() }} as _run_id
from priced
