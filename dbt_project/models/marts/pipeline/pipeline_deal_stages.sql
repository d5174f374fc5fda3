{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    indexes=[{'columns': ['stay_key'], 'unique': true}, {'columns': ['opportunity_key']}],
    meta={'touched_by': 'opportunity', 'publish': {'key': ['stay_key'], 'touched_by': 'opportunity'}}
) }}

with

stays as (

    select * from {{ ref('opportunity_stage_stays') }}
    {{ only_touched('opportunity_key') }}

),

deals as (

    select opportunity_key, rep_key, account_key
    from {{ ref('opportunities') }}
    where not is_deleted {{ only_touched('opportunity_key', prefix='and') }}

)

select
    {{ key(['stays.opportunity_key', 'stays.stay_number']) }} as stay_key,
    stays.opportunity_key,
    deals.rep_key,
    deals.account_key,
    stays.stay_number,
    stays.stage,
    stays.source_stage,
    cast(stays.stage_order as integer) as stage_order,
    stays.outcome,
    stays.entered_at,
    stays.left_at,
    stays.entered_date,
    stays.left_date,
    {{ days_between('stays.entered_date', 'stays.left_date') }} as days_in_stage,
    stays.previous_stage,
    stays.next_stage,
    case
        when stays.next_stage is null then null
        when stays.next_stage = 'lost' then 'lost'
        when stays.next_stage_order > stays.stage_order then 'forward'
        when stays.next_stage_order < stays.stage_order then 'backward'
        else 'sideways'
    end as exit_direction,
    {{ run_id() }} as _run_id
from stays
inner join deals on deals.opportunity_key = stays.opportunity_key
where not stays.is_deleted
