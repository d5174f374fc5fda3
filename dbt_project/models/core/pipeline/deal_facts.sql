{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    meta={'touched_by': 'opportunity'},
    indexes=[{'columns': ['opportunity_key'], 'unique': true}]
) }}

{# One row per deal: what its changes add up to. A push moves the close date of an open deal into a later fiscal month. #}
with

changes as (

    select * from {{ ref('opportunity_changes') }}
    {{ only_touched('opportunity_key') }}

),

pairs as (

    select
        changes.*,
        lag(is_open) over by_time as was_open,
        lag(close_date) over by_time as close_date_before,
        lag(outcome) over by_time as outcome_before,
        lag(stage) over by_time as stage_before
    from changes
    window by_time as (partition by opportunity_key order by change_number)

),

calendar_dates as (

    select calendar_date, month_start from {{ ref('calendar_dates') }}

),

{# A close date beyond the calendar is placed by its calendar month: later than any fiscal month before it. #}
pushes as (

    select pairs.opportunity_key, count(*) as push_count
    from pairs
    left join calendar_dates as month_before on month_before.calendar_date = pairs.close_date_before
    left join calendar_dates as month_after on month_after.calendar_date = pairs.close_date
    where pairs.was_open and pairs.is_open and pairs.close_date > pairs.close_date_before
        and coalesce(month_after.month_start, {{ month_start('pairs.close_date') }})
        > coalesce(month_before.month_start, {{ month_start('pairs.close_date_before') }})
    group by pairs.opportunity_key

),

facts as (

    select
        opportunity_key,
        count(*) as change_count,
        count(*) filter (where is_observed) as observed_count,
        min(valid_from) as first_known_at,
        max(valid_from) filter (where stage_before is null or stage_before <> stage) as entered_stage_at,
        max(valid_from) filter (where outcome <> 'open' and outcome_before is distinct from outcome) as last_closed_at
    from pairs
    group by opportunity_key

)

select
    facts.*,
    coalesce(pushes.push_count, 0) as push_count,
    {{ run_id() }} as _run_id
from facts
left join pushes on pushes.opportunity_key = facts.opportunity_key
