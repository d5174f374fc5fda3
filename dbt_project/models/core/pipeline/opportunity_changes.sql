{{ config(
    materialized='incremental', incremental_strategy='touched', unique_key='opportunity_key',
    meta={'touched_by': 'opportunity'},
    indexes=[{'columns': ['opportunity_key', 'change_number'], 'unique': true}],
    post_hook='analyze {{ this }}'
) }}

{# Every state a deal was in, as half-open ranges from its creation on.

   What is known of a deal at moments in time is laid on one line, per field: wide history rows (all fields they
   record), long history rows (one field, before and after), each replaced version of the header, and last the header,
   which wins. A field's value at a moment is the last one seen up to it; before the first one seen, what that one
   replaced. A state that only the header shows is an observed change at the header's modified time: a deal without
   history that is closed now was open from its creation till then, in a stage nobody knows. #}
{% set fields = [
    'owner_key', 'source_stage', 'outcome', 'amount', 'currency_code', 'close_date', 'is_deleted', 'probability',
    'forecast_category'
] %}

with

company as (

    select * from {{ ref('company') }}

),

deals as (

    select * from {{ ref('opportunities') }}
    {{ only_touched('opportunity_key') }}

),

stages as (

    select * from {{ ref('pipeline_stages') }}

),

reps as (

    select * from {{ ref('rep_identities') }}

),

recorded as (

    select
        source_account,
        {% for field in ['stage', 'amount', 'close_date', 'probability', 'forecast_category', 'currency_code'] -%}
        bool_or(is_recorded) filter (where field = '{{ field }}') as {{ field }}
        {%- if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('recorded_fields') }}
    group by source_account

),

states as (

    select *
    from (
        {{ union_staging('opportunity_states', [
            'opportunity_key', 'source_account', 'history_id', 'changed_at', 'source_stage', 'amount', 'close_date',
            'probability', 'forecast_category', 'currency_code', 'is_deleted'
        ]) }}
    ) as staged
    {{ only_touched('opportunity_key') }}

),

field_changes as (

    select *
    from (
        {{ union_staging('opportunity_field_changes', [
            'opportunity_key', 'history_id', 'changed_at', 'field', 'old_value', 'new_value', 'is_deleted'
        ]) }}
    ) as staged
    {{ only_touched('opportunity_key') }}

),

versions as (

    select *
    from (
        {{ union_staging('opportunity_versions', [
            'opportunity_key', 'opportunity_version_key', 'observed_at', 'replaced_at', 'owner_key', 'source_stage',
            'amount', 'currency_code', 'close_date', 'probability', 'forecast_category', 'is_closed', 'is_won',
            'is_deleted'
        ]) }}
    ) as staged
    {{ only_touched('opportunity_key') }}

),

from_creation as (

    select
        opportunity_key, created_at as seen_at, 0 as source_rank, '' as tie_break,
        {% for field in fields -%}
        {% if field == 'is_deleted' -%}
        'false' as is_deleted, 'false' as is_deleted_before, true as is_deleted_seen,
        {%- else -%}
        cast(null as varchar) as {{ field }},
        cast(null as varchar) as {{ field }}_before,
        false as {{ field }}_seen{% if not loop.last %},{% endif %}
        {%- endif %}
        {% endfor %}
    from deals
    where created_at is not null

),

from_states as (

    select
        states.opportunity_key, states.changed_at, 1, states.history_id,
        null, null, false,
        states.source_stage, states.source_stage, recorded.stage,
        coalesce(stages.outcome, 'open'), coalesce(stages.outcome, 'open'), recorded.stage,
        cast(states.amount as varchar), cast(states.amount as varchar), recorded.amount,
        coalesce(upper(states.currency_code), company.currency_code),
        coalesce(upper(states.currency_code), company.currency_code),
        recorded.currency_code,
        cast(states.close_date as varchar), cast(states.close_date as varchar), recorded.close_date,
        null, null, false,
        cast({{ probability_of('stages.outcome', 'states.probability', 'stages') }} as varchar),
        cast({{ probability_of('stages.outcome', 'states.probability', 'stages') }} as varchar),
        recorded.probability,
        {{ forecast_category('states.forecast_category') }}, {{ forecast_category('states.forecast_category') }},
        recorded.forecast_category
    from states
    inner join deals on deals.opportunity_key = states.opportunity_key
    inner join recorded on recorded.source_account = states.source_account
    cross join company
    left join stages on stages.source_stage = {{ fold('states.source_stage') }}
    where not states.is_deleted or deals.is_deleted

),

long_values as (

    {# Salesforce writes a changed owner as names and as ids: only what is a known rep counts. #}
    select
        field_changes.*,
        {{ long_value('old_value', 'old_reps.identity_key', 'company.currency_code') }} as value_before,
        {{ long_value('new_value', 'new_reps.identity_key', 'company.currency_code') }} as value_after,
        coalesce(old_stages.outcome, 'open') as outcome_before,
        coalesce(new_stages.outcome, 'open') as outcome_after
    from field_changes
    inner join deals on deals.opportunity_key = field_changes.opportunity_key
    cross join company
    left join reps as old_reps
        on field_changes.field = 'owner_id'
        and old_reps.identity_key = {{ key(['deals.owner_account', 'field_changes.old_value']) }}
    left join reps as new_reps
        on field_changes.field = 'owner_id'
        and new_reps.identity_key = {{ key(['deals.owner_account', 'field_changes.new_value']) }}
    left join stages as old_stages
        on field_changes.field = 'stage' and old_stages.source_stage = {{ fold('field_changes.old_value') }}
    left join stages as new_stages
        on field_changes.field = 'stage' and new_stages.source_stage = {{ fold('field_changes.new_value') }}
    where field_changes.field in (
        'owner_id', 'stage', 'amount', 'close_date', 'is_deleted', 'currency_code', 'probability', 'forecast_category'
    )
        and (not field_changes.is_deleted or deals.is_deleted)

),

from_fields as (

    select
        opportunity_key, changed_at, 2, history_id,
        {% for field in fields -%}
        {% set name = 'stage' if field == 'source_stage' else ('owner_id' if field == 'owner_key' else field) -%}
        {% if field == 'outcome' -%}
        outcome_after, outcome_before, field = 'stage'
        {%- elif field == 'owner_key' -%}
        case when field = 'owner_id' then value_after end,
        case when field = 'owner_id' then value_before end,
        field = 'owner_id' and (value_after is not null or new_value is null)
        {%- elif field == 'probability' -%}
        case when field = 'probability' then {{ percent_text('value_after') }} end,
        case when field = 'probability' then {{ percent_text('value_before') }} end,
        field = 'probability' and (value_after is not null or new_value is null)
        {%- else -%}
        case when field = '{{ name }}' then value_after end,
        case when field = '{{ name }}' then value_before end,
        field = '{{ name }}' and (value_after is not null or new_value is null)
        {%- endif %}{% if not loop.last %},{% endif %}
        {% endfor %}
    from long_values

),

from_versions as (

    select
        versions.opportunity_key, versions.observed_at, 3,
        cast(versions.replaced_at as varchar) || versions.opportunity_version_key,
        versions.owner_key, versions.owner_key, true,
        versions.source_stage,
        case when {{ outcome_of('versions', 'stages') }} = 'open' then versions.source_stage end,
        true,
        {{ outcome_of('versions', 'stages') }}, 'open', true,
        cast(versions.amount as varchar), cast(versions.amount as varchar), true,
        coalesce(upper(versions.currency_code), company.currency_code),
        coalesce(upper(versions.currency_code), company.currency_code),
        true,
        cast(versions.close_date as varchar), cast(versions.close_date as varchar), true,
        cast(versions.is_deleted as varchar), 'false', true,
        cast({{ probability_of(outcome_of('versions', 'stages'), 'versions.probability', 'stages') }} as varchar),
        cast({{ probability_of(outcome_of('versions', 'stages'), 'versions.probability', 'stages') }} as varchar),
        true,
        {{ forecast_category('versions.forecast_category') }}, {{ forecast_category('versions.forecast_category') }},
        true
    from versions
    inner join deals on deals.opportunity_key = versions.opportunity_key
    cross join company
    left join stages on stages.source_stage = {{ fold('versions.source_stage') }}

),

from_headers as (

    select
        opportunity_key, observed_at, 4, '',
        {% for field in fields -%}
        {% set value = {'amount': 'amount_local'}.get(field, field) -%}
        cast({{ value }} as varchar),
        {% if field == 'outcome' -%} 'open'
        {%- elif field == 'is_deleted' -%} 'false'
        {%- elif field == 'source_stage' -%} case when outcome = 'open' then source_stage end
        {%- else -%} cast({{ value }} as varchar)
        {%- endif %},
        true{% if not loop.last %},{% endif %}
        {% endfor %}
    from deals

),

sightings as (

    {% for kind in ['creation', 'states', 'fields', 'versions', 'headers'] -%}
    select * from from_{{ kind }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

{# The header has the last word, also where history goes on after its modified time. #}
placed as (

    select
        sightings.*,
        row_number() over by_time as position,
        lpad(cast(row_number() over by_time as varchar), 9, '0') as place
    from sightings
    window by_time as (
        partition by opportunity_key
        order by case when source_rank = 4 then 1 else 0 end, seen_at, source_rank, tie_break
    )

),

{# The last value seen is the greatest of (place, value) up to here; = marks a value, ! a cleared one. #}
filled as (

    select
        opportunity_key, position, source_rank,
        max(seen_at) over until_here as known_at,
        {% for field in fields -%}
        max(case when {{ field }}_seen then place || coalesce('=' || {{ field }}, '!') end)
            over until_here as {{ field }}_last,
        min(case when {{ field }}_seen then place || coalesce('=' || {{ field }}_before, '!') end)
            over whole as {{ field }}_first{% if not loop.last %},{% endif %}
        {% endfor %}
    from placed
    window
        until_here as (partition by opportunity_key order by position rows unbounded preceding),
        whole as (partition by opportunity_key)

),

{# All fields in one text, so that two states compare as one value. #}
stated as (

    select
        opportunity_key, position, source_rank, known_at,
        lead(known_at) over (partition by opportunity_key order by position) as next_known_at,
        {% for field in fields -%}
        substr(coalesce({{ field }}_last, {{ field }}_first), 10) as {{ field }}_text,
        {% endfor -%}
        {% for field in fields -%}
        coalesce(substr(coalesce({{ field }}_last, {{ field }}_first), 10), '!'){% if not loop.last %} || chr(31) ||
        {% endif %}
        {%- endfor %} as state
    from filled

),

compared as (

    select
        stated.*,
        source_rank >= 3 and position > 1 and state <> lag(state) over by_position as is_observed
    from stated
    window by_position as (partition by opportunity_key order by position)

),

{# Of several sightings at one moment the last one stands. #}
differing as (

    select
        compared.*,
        coalesce(state <> lag(state) over by_position, true) as is_change
    from compared
    where next_known_at is null or next_known_at > known_at
    window by_position as (partition by opportunity_key order by position)

),

ranges as (

    select
        opportunity_key, known_at, is_observed,
        row_number() over by_position as change_number,
        lead(known_at) over by_position as valid_to,
        {% for field in fields -%}
        case when {{ field }}_text <> '!' then substr({{ field }}_text, 2) end as {{ field }}
        {%- if not loop.last %},{% endif %}
        {% endfor %}
    from differing
    where is_change
    window by_position as (partition by opportunity_key order by position)

),

typed as (

    select
        ranges.opportunity_key,
        cast(ranges.change_number as integer) as change_number,
        ranges.known_at as valid_from,
        ranges.valid_to,
        {{ company_date('ranges.known_at') }} as change_date,
        {{ company_date('ranges.valid_to') }} as end_date,
        {{ or_unknown('reps.rep_key') }} as rep_key,
        cast(ranges.amount as numeric(20, 6)) as amount_local,
        ranges.currency_code,
        cast(ranges.close_date as date) as close_date,
        case ranges.outcome
            when 'won' then 'post_sale'
            when 'lost' then 'lost'
            else coalesce(stages.stage, 'unmapped')
        end as stage,
        ranges.source_stage,
        case ranges.outcome
            when 'won' then 6
            when 'lost' then 0
            else stages.stage_order
        end as stage_order,
        ranges.outcome,
        ranges.is_deleted = 'true' as is_deleted,
        ranges.outcome = 'open' and ranges.is_deleted <> 'true' as is_open,
        cast(ranges.probability as numeric(17, 9)) as probability,
        ranges.forecast_category,
        ranges.is_observed
    from ranges
    left join reps on reps.identity_key = ranges.owner_key
    left join stages on stages.source_stage = {{ fold('ranges.source_stage') }}

)

select
    typed.*,
    {{ run_id() }} as _run_id
from typed
