{{ config(materialized='incremental', incremental_strategy='changed', unique_key='source_stage') }}

{# A stage that no mapping names keeps the outcome its deals' own closed and won flags give it. #}
with

mapped as (

    select * from {{ ref('stg_company__stages') }}

),

headers as (

    {{ union_staging('opportunities', ['source_stage', 'is_closed', 'is_won']) }}

),

states as (

    {{ union_staging('opportunity_states', ['source_stage']) }}

),

field_changes as (

    {{ union_staging('opportunity_field_changes', ['field', 'old_value', 'new_value']) }}

),

seen as (

    select distinct {{ fold('source_stage') }} as source_stage, is_closed, is_won from headers
    union
    select distinct {{ fold('source_stage') }}, cast(null as boolean), cast(null as boolean) from states
    union
    select distinct {{ fold('new_value') }}, cast(null as boolean), cast(null as boolean)
    from field_changes
    where field = 'stage'
    union
    select distinct {{ fold('old_value') }}, cast(null as boolean), cast(null as boolean)
    from field_changes
    where field = 'stage'

),

flags as (

    select
        source_stage,
        coalesce(bool_or(is_won), false) as is_won,
        coalesce(bool_or(is_closed), false) as is_closed
    from seen
    where source_stage is not null
    group by source_stage

),

unmapped as (

    select
        flags.source_stage,
        'unmapped' as stage,
        case
            when flags.is_won then 'won'
            when flags.is_closed then 'lost'
            else 'open'
        end as outcome,
        cast(null as bigint) as stage_order,
        cast(null as numeric(17, 9)) as probability,
        false as is_mapped
    from flags
    left join mapped on mapped.source_stage = flags.source_stage
    where mapped.source_stage is null

),

stages as (

    select source_stage, stage, outcome, cast(stage_order as bigint) as stage_order, probability, true as is_mapped
    from mapped
    union all
    select * from unmapped

)

select
    stages.*,
    {{ run_id() }} as _run_id
from stages
