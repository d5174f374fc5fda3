{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    indexes=[{'columns': ['opportunity_key'], 'unique': true}],
    meta={'touched_by': 'opportunity', 'publish': {'key': ['opportunity_key'], 'touched_by': 'opportunity'}}
) }}

with

changes as (

    select * from {{ ref('opportunity_changes') }}
    where not is_deleted and {{ is_counted_stage('stage_order') }} {{ only_touched('opportunity_key', prefix='and') }}

),

deals as (

    select * from {{ ref('pipeline_deals') }}
    {{ only_touched('opportunity_key') }}

),

numbered as (

    select
        *,
        row_number() over (partition by opportunity_key order by change_number) as occurrence
    from changes

),

final as (

    select
        deals.opportunity_key,
        numbered.valid_from as generated_at,
        numbered.change_date as generated_date,
        numbered.stage as generated_stage,
        numbered.rep_key as generated_rep_key,
        {{ converted('numbered.amount_local', 'rates', 'numbered.currency_code') }} as generated_amount,
        {{ money('numbered.amount_local') }} as generated_amount_local,
        numbered.currency_code,
        {{ days_between('deals.created_date', 'numbered.change_date') }} as days_to_pipeline,
        {{ run_id() }} as _run_id
    from numbered
    inner join deals on deals.opportunity_key = numbered.opportunity_key
    {{ join_rate('rates', 'numbered.currency_code', 'numbered.change_date') }}
    where numbered.occurrence = 1

)

select * from final
