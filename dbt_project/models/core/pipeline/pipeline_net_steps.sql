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

{# What the deal was before the first change of each period: not there yet, deleted, closed, or open with which date. #}
started as (

    select
        transitions.*,
        {% for period_type in ['month', 'quarter', 'year'] -%}
        first_value(
            case
                when is_birth then 'created'
                when was_deleted then 'restored'
                when not was_open then 'reopened'
                when close_date_before < {{ period_type }}_start then 'pushed_in'
                else 'pulled_in'
            end
        ) over (partition by opportunity_key, {{ period_type }}_start order by change_number)
            as {{ period_type }}_entry
        {%- if not loop.last %},{% endif %}
        {% endfor %}
    from transitions

),

scoped as (

    {{ in_scopes('started', [
        ('open', 'month'), ('open', 'quarter'), ('open', 'year'),
        ('target', 'month'), ('target', 'quarter'), ('target', 'year')
    ]) }}

),

steps as (

    {{ movement_steps('scoped') }}

),

{# Up to each change of a period: where the path began, and the last entry and exit. In scope target the first change
   may be one that does not touch the scope: the deal is then out of it. Values travel with their change's number. #}
paths as (

    select
        opportunity_key,
        scope,
        period_type,
        period_start,
        change_number,
        is_in_scope as ends_in_scope,
        rep_after as last_rep,
        value_after as last_value,
        first_value(was_in_scope) over so_far as starts_in_scope,
        first_value(rep_before) over so_far as start_rep,
        first_value(value_before) over so_far as start_value,
        case period_type
            when 'month' then month_entry
            when 'quarter' then quarter_entry
            else year_entry
        end as entry_by_start,
        max(case
            when entry_category is not null
                then lpad(cast(change_number as varchar), 9, '0') || rep_after || entry_category || '=' || entry_value
        end) over so_far as last_entry,
        max(case
            when exit_category is not null
                then lpad(cast(change_number as varchar), 9, '0') || rep_after || exit_category || '=' || exit_value
        end) over so_far as last_exit,
        row_number() over (
            partition by opportunity_key, scope, period_type, period_start order by change_number desc
        ) as newest_first
    from steps
    window so_far as (
        partition by opportunity_key, scope, period_type, period_start order by change_number
        rows unbounded preceding
    )

),

ends as (

    select
        paths.*,
        substr(last_entry, 10, 32) as entry_rep,
        split_part(substr(last_entry, 42), '=', 1) as entry_category,
        cast(split_part(last_entry, '=', 2) as numeric(20, 6)) as entry_value,
        substr(last_exit, 10, 32) as exit_rep,
        split_part(substr(last_exit, 42), '=', 1) as exit_category,
        cast(split_part(last_exit, '=', 2) as numeric(20, 6)) as exit_value
    from paths
    where newest_first = 1

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
        case
            when starts_in_scope then null
            when entry_category in ('pulled_in', 'pushed_in') then entry_category
            else entry_by_start
        end as entry_category,
        case when not ends_in_scope then exit_category end as exit_category
    from ends
    where starts_in_scope or ends_in_scope or exit_category in ('won', 'lost')

)

select
    walked.*,
    {{ run_id() }} as _run_id
from walked
where not (starts_in_scope and ends_in_scope and from_rep = to_rep and from_value = to_value)
