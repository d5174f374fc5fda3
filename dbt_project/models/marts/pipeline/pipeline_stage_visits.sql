{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    indexes=[{'columns': ['opportunity_key']}],
    meta={'touched_by': 'opportunity', 'publish': false}
) }}

{# Stays by the source's stages become visits to canonical ones: two source stages of one canonical stage are one visit. #}
with

stays as (

    select * from {{ ref('pipeline_deal_stages') }}
    {{ only_touched('opportunity_key') }}

),

deals as (

    select * from {{ ref('pipeline_deals') }}
    {{ only_touched('opportunity_key') }}

),

open_stages as (

    {% for stage in open_stages() -%}
    select '{{ stage }}' as stage, {{ loop.index }} as stage_order
    {%- if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}

),

marked as (

    select
        *,
        case
            when
                lag(stage) over by_time = stage
                and lag(outcome) over by_time = outcome
                then 0
            else 1
        end as is_entry
    from stays
    window by_time as (partition by opportunity_key order by stay_number)

),

{# A visit ends when the next one begins; a stretch in which the deal was deleted belongs to the visit before it. #}
visits as (

    select
        opportunity_key,
        stay_number,
        stage,
        outcome,
        case outcome when 'won' then 6 when 'open' then stage_order end as stage_order,
        entered_date
    from marked
    where is_entry = 1

),

paths as (

    select
        *,
        lead(entered_date) over by_time as left_date,
        lead(outcome) over by_time as next_outcome,
        lead(stage_order) over by_time as next_order,
        row_number() over by_time as visit_number,
        max(stage_order) over (
            partition by opportunity_key order by stay_number rows between unbounded preceding and 1 preceding
        ) as furthest_before,
        max(stage_order) over (partition by opportunity_key) as furthest_order
    from visits
    window by_time as (partition by opportunity_key order by stay_number)

),

entered as (

    select
        opportunity_key,
        visit_number,
        stage,
        stage_order,
        false as is_skipped,
        row_number() over (partition by opportunity_key, stage order by visit_number) = 1 as is_first,
        entered_date,
        left_date,
        case
            when next_outcome is null then null
            when next_outcome = 'lost' then 'lost'
            when next_outcome = 'won' or next_order > stage_order then 'advanced'
            when next_order < stage_order then 'back'
            else 'other'
        end as exit_kind,
        coalesce(furthest_order > stage_order or furthest_order = 6, false) as is_converted
    from paths
    where outcome = 'open'

),

{# What lies between the furthest stage so far and a later one, and was never entered afterwards either. #}
jumps as (

    select
        paths.opportunity_key,
        paths.visit_number,
        paths.entered_date,
        open_stages.stage,
        open_stages.stage_order
    from paths
    inner join open_stages
        on open_stages.stage_order > paths.furthest_before and open_stages.stage_order < paths.stage_order
    where paths.stage_order > paths.furthest_before + 1

),

skipped as (

    select
        jumps.opportunity_key,
        jumps.visit_number,
        jumps.stage,
        jumps.stage_order,
        true as is_skipped,
        false as is_first,
        jumps.entered_date,
        cast(null as date) as left_date,
        cast(null as {{ dbt.type_string() }}) as exit_kind,
        true as is_converted
    from jumps
    left join entered on entered.opportunity_key = jumps.opportunity_key and entered.stage = jumps.stage
    where entered.opportunity_key is null

),

together as (

    select * from entered
    union all
    select * from skipped

),

final as (

    select
        together.opportunity_key,
        together.stage,
        cast(together.visit_number as integer) as visit_number,
        cast(together.stage_order as integer) as stage_order,
        together.is_skipped,
        together.is_first,
        together.entered_date,
        together.left_date,
        together.exit_kind,
        together.is_converted,
        deals.outcome,
        coalesce(deals.team, 'unknown') as team,
        coalesce(deals.segment, 'not recorded') as segment,
        {{ run_id() }} as _run_id
    from together
    inner join deals on deals.opportunity_key = together.opportunity_key

)

select * from final
