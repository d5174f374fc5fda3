{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    meta={'touched_by': 'opportunity'},
    indexes=[{'columns': ['opportunity_key']}]
) }}

{# One row per deal, scope and period in which it changed: its one path from start to end, so that round trips vanish.
   Start value or last entry, one transfer, one increase or decrease, then the last exit or the closing value. #}
with

transitions as (

    select * from {{ ref('pipeline_transitions') }}
    {{ only_touched('opportunity_key') }}

),

scoped as (

    {{ in_scopes('transitions', [
        ('open', 'month'), ('open', 'quarter'), ('open', 'year'),
        ('target', 'month'), ('target', 'quarter'), ('target', 'year')
    ]) }}

),

steps as (

    {{ movement_steps('scoped') }}

),

{# Each step's place in its period, from either end; entries and exits counted among themselves. #}
ranked as (

    select
        steps.*,
        row_number() over (partition by opportunity_key, scope, period_type, period_start order by change_number) as nth,
        row_number() over (
            partition by opportunity_key, scope, period_type, period_start order by change_number desc
        ) as nth_last,
        row_number() over (
            partition by opportunity_key, scope, period_type, period_start, entry_category is null
            order by change_number desc
        ) as nth_last_entry,
        row_number() over (
            partition by opportunity_key, scope, period_type, period_start, exit_category is null
            order by change_number desc
        ) as nth_last_exit
    from steps

),

paths as (

    select
        opportunity_key,
        scope,
        period_type,
        period_start,
        {{ dbt.bool_or('nth = 1 and was_in_scope') }} as starts_in_scope,
        {{ dbt.bool_or('nth_last = 1 and is_in_scope') }} as ends_in_scope,
        max(case when nth = 1 then rep_before end) as start_rep,
        max(case when nth = 1 then value_before end) as start_value,
        max(case when nth_last = 1 then rep_after end) as last_rep,
        max(case when nth_last = 1 then value_after end) as last_value,
        {{ dbt.bool_or('nth_last = 1 and is_amount_missing') }} as is_amount_missing,
        max(case when nth_last_entry = 1 and entry_category is not null then rep_after end) as entry_rep,
        max(case when nth_last_entry = 1 then entry_value end) as entry_value,
        max(case when nth_last_entry = 1 then entry_category end) as last_entry_category,
        max(case when nth_last_exit = 1 and exit_category is not null then rep_after end) as exit_rep,
        max(case when nth_last_exit = 1 then exit_value end) as exit_value,
        max(case when nth_last_exit = 1 then exit_category end) as exit_category,
        max(case when nth_last_exit = 1 and exit_category is not null then change_date end) as exit_date
    from ranked
    group by opportunity_key, scope, period_type, period_start

),

{# The state at the period's start, in scope or not: that before the first change recorded in the period. #}
starts as (

    select
        opportunity_key,
        month_start, quarter_start, year_start,
        change_number, is_birth, was_deleted, was_open, close_date_before
    from transitions

),

first_of_period as (

    {% for period_type in ['month', 'quarter', 'year'] -%}
    select *
    from (
        select
            opportunity_key,
            '{{ period_type }}' as period_type,
            {{ period_type }}_start as period_start,
            is_birth, was_deleted, was_open, close_date_before,
            row_number() over (partition by opportunity_key, {{ period_type }}_start order by change_number) as first_first
        from starts
    ) as numbered
    where first_first = 1
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

{# In scope target the first change of the period may not touch the scope, so how the deal got in is asked of that one. #}
joined as (

    select
        paths.*,
        case
            when paths.last_entry_category in ('pulled_in', 'pushed_in') then paths.last_entry_category
            when first_of_period.is_birth then 'created'
            when first_of_period.was_deleted then 'restored'
            when not first_of_period.was_open then 'reopened'
            when first_of_period.close_date_before < paths.period_start then 'pushed_in'
            else 'pulled_in'
        end as entry_category
    from paths
    inner join first_of_period
        on first_of_period.opportunity_key = paths.opportunity_key
        and first_of_period.period_type = paths.period_type
        and first_of_period.period_start = paths.period_start

),

walked as (

    select
        opportunity_key,
        scope,
        period_type,
        period_start,
        starts_in_scope,
        ends_in_scope,
        case when starts_in_scope then start_rep else entry_rep end as from_rep,
        case when starts_in_scope then start_value else entry_value end as from_value,
        case when ends_in_scope then last_rep else exit_rep end as to_rep,
        case when ends_in_scope then last_value else exit_value end as to_value,
        case when not starts_in_scope then entry_category end as entry_category,
        case when not ends_in_scope then exit_category end as exit_category,
        is_amount_missing
    from joined
    where starts_in_scope or ends_in_scope or exit_category in ('won', 'lost')

)

select
    walked.*,
    {{ run_id() }} as _run_id
from walked
where not (starts_in_scope and ends_in_scope and from_rep = to_rep and from_value = to_value)
