{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    meta={'touched_by': 'opportunity'},
    indexes=[{'columns': ['opportunity_key']}]
) }}

{# One row per transition and scope it counts in: gross movements. In scope target a transition counts for the month,
   quarter and year it was recorded in, and for those only. #}
with

transitions as (

    select * from {{ ref('pipeline_transitions') }}
    {{ only_touched('opportunity_key') }}

),

scoped as (

    {{ in_scopes('transitions', [('open', 'any'), ('target', 'month'), ('target', 'quarter'), ('target', 'year')]) }}

),

steps as (

    {{ movement_steps('scoped') }}

)

select
    opportunity_key,
    change_number,
    changed_at,
    change_date,
    scope,
    period_type,
    period_start,
    rep_before,
    rep_after,
    currency_before,
    currency_after,
    local_before,
    local_after,
    was_in_scope,
    is_in_scope,
    is_amount_missing,
    case when is_transferred then value_before end as transfer_value,
    entry_category,
    entry_value,
    nullif(change_value, 0) as change_value,
    exit_category,
    exit_value,
    {{ run_id() }} as _run_id
from steps
where is_transferred or entry_category is not null or change_value <> 0 or exit_category is not null
    or currency_before <> currency_after
