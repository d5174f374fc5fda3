{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    indexes=[{'columns': ['opportunity_key'], 'unique': true}],
    meta={'touched_by': 'opportunity', 'publish': {'key': ['opportunity_key'], 'touched_by': 'opportunity'}}
) }}

with

opportunities as (

    select * from {{ ref('opportunities') }}
    where not is_deleted {{ only_touched('opportunity_key', prefix='and') }}

),

facts as (

    select * from {{ ref('deal_facts') }}
    {{ only_touched('opportunity_key') }}

),

families as (

    select
        lines.opportunity_key,
        string_agg(distinct products.product_family, ', ' order by products.product_family) as product_families
    from (
        {{ union_staging('opportunity_lines', ['opportunity_key', 'product_key', 'is_deleted']) }}
        union all
        {{ union_staging('order_lines', ['order_key', 'product_key', 'is_deleted']) }}
    ) as lines
    inner join {{ ref('products') }} as products on products.product_key = lines.product_key
    where not lines.is_deleted {{ only_touched('lines.opportunity_key', prefix='and') }}
    group by lines.opportunity_key

),

accounts as (

    select * from {{ ref('accounts') }}

),

reps as (

    select * from {{ ref('reps') }}

),

deals as (

    select
        opportunities.opportunity_key,
        opportunities.opportunity_id,
        opportunities.source_account,
        opportunities.opportunity_name,
        opportunities.account_key,
        accounts.account_name,
        accounts.segment,
        accounts.industry,
        coalesce(accounts.region, opportunities.own_region) as region,
        opportunities.rep_key,
        reps.rep_name,
        reps.team,
        opportunities.campaign_key,
        opportunities.order_key,
        {{ money('opportunities.amount') }} as amount,
        {{ money('opportunities.amount_local') }} as amount_local,
        opportunities.currency_code,
        {{ money('opportunities.amount * opportunities.probability') }} as weighted_amount,
        {{ ratio('opportunities.probability') }} as probability,
        opportunities.stage,
        opportunities.source_stage,
        cast(opportunities.stage_order as integer) as stage_order,
        opportunities.outcome,
        opportunities.is_open,
        opportunities.is_won,
        opportunities.is_lost,
        opportunities.amount_local is null as is_amount_missing,
        opportunities.outcome_reason,
        opportunities.competitor,
        opportunities.created_at,
        opportunities.created_date,
        opportunities.close_date,
        case when not opportunities.is_open then facts.last_closed_at end as closed_at,
        case
            when not opportunities.is_open and opportunities.close_date >= opportunities.created_date
                then {{ days_between('opportunities.created_date', 'opportunities.close_date') }}
        end as cycle_days,
        coalesce(opportunities.close_date >= opportunities.created_date, false) and not opportunities.is_open
            as is_cycle_valid,
        cast(coalesce(facts.push_count, 0) as integer) as push_count,
        cast(coalesce(facts.change_count, 0) as integer) as change_count,
        cast(coalesce(facts.observed_count, 0) as integer) as observed_change_count,
        facts.entered_stage_at,
        opportunities.forecast_category,
        opportunities.lead_source,
        opportunities.channel,
        opportunities.technique,
        opportunities.opportunity_type,
        families.product_families,
        opportunities.next_step,
        opportunities.last_activity_date,
        {{ run_id() }} as _run_id
    from opportunities
    left join facts on facts.opportunity_key = opportunities.opportunity_key
    left join families on families.opportunity_key = opportunities.opportunity_key
    left join accounts on accounts.account_key = opportunities.account_key
    left join reps on reps.rep_key = opportunities.rep_key

)

select * from deals
