{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    meta={'touched_by': 'opportunity', 'is_logged': true},
    indexes=[{'columns': ['opportunity_key']}],
    post_hook='{{ keep_log_of_touched(this) }}'
) }}

{# What each change did to a deal, before and after, priced at the rate of the day it was recorded; changes that move
   nothing in the pipeline (a stage, a probability) are left out. The clock of movements. #}
with

changes as (

    select * from {{ ref('opportunity_changes') }}
    {{ only_touched('opportunity_key') }}

),

states as (

    {{ by_team('changes') }}

),

pairs as (

    select
        opportunity_key,
        row_number() over by_time as step_number,
        from_date as change_date,
        lag(rep_key) over by_time as rep_before,
        rep_key as rep_after,
        lag(team) over by_time as team_before,
        team as team_after,
        lag(close_date) over by_time as close_date_before,
        close_date as close_date_after,
        lag(currency_code) over by_time as currency_before,
        currency_code as currency_after,
        coalesce(lag(amount_local) over by_time, 0) as local_before,
        coalesce(amount_local, 0) as local_after,
        lag(is_open) over by_time as was_open,
        is_open,
        lag(is_deleted) over by_time as was_deleted,
        is_deleted,
        lag(outcome) over by_time as outcome_before,
        outcome as outcome_after
    from states
    window by_time as (partition by opportunity_key order by change_number, from_date)

),

moving as (

    select
        pairs.*,
        step_number = 1 as is_birth,
        lag(change_date) over by_time as previous_date,
        lead(change_date) over by_time as next_date
    from pairs
    where step_number = 1
        or was_open <> is_open
        or (
            is_open
            and (
                rep_before <> rep_after
                or team_before <> team_after
                or close_date_before is distinct from close_date_after
                or currency_before <> currency_after
                or local_before <> local_after
            )
        )
        or (not is_open and not is_deleted and not was_deleted and outcome_before <> outcome_after)
    window by_time as (partition by opportunity_key order by step_number)

),

segments as (

    {{ deal_segments() }}

)

select
    moving.*,
    segments.segment,
    {{ rate_of('rates_before', 'moving.currency_before') }} as rate_before,
    {{ rate_of('rates_after', 'moving.currency_after') }} as rate_after,
    {{ converted('moving.local_before', 'rates_before', 'moving.currency_before') }} as value_before,
    {{ converted('moving.local_after', 'rates_after', 'moving.currency_after') }} as value_after,
    {{ run_id() }} as _run_id
from moving
left join segments on segments.opportunity_key = moving.opportunity_key
{{ join_rate('rates_before', 'moving.currency_before', 'moving.change_date') }}
{{ join_rate('rates_after', 'moving.currency_after', 'moving.change_date') }}
