{# The canonical stages an open deal passes, in their order. #}
{% macro open_stages() -%}
    {{ return(['lead_generation', 'qualification', 'needs_analysis', 'proposal_and_negotiation', 'closing']) }}
{%- endmacro %}

{# Whether a deal in this stage counts as pipeline, by the company's first counted stage; a stage without a place does. #}
{% macro is_counted_stage(stage_order) -%}
    {%- set first = var('pipeline_counts_from') -%}
    {%- if first not in open_stages() -%}
        {{ exceptions.raise_compiler_error("vars.pipeline_counts_from must be an open stage, got " ~ first) }}
    {%- endif -%}
    coalesce({{ stage_order }} >= {{ open_stages().index(first) + 1 }}, true)
{%- endmacro %}

{# How a visit to a stage ends: on to a later stage or won, lost, back to an earlier one, or to a stage without a place. #}
{% macro stage_exits() -%}{{ return(['advanced', 'lost', 'back', 'other']) }}{%- endmacro %}

{# The level of detail of a row of `group by ... grouping sets ((), (team), (segment))`, and its members. #}
{% macro slice_columns() -%}
        case when grouping(team) = 0 then 'team' when grouping(segment) = 0 then 'segment' else 'all' end as dimension_level,
        coalesce(team, 'all') as team,
        coalesce(segment, 'all') as segment
{%- endmacro %}

{# Sums of months added up to fiscal periods, per slice, for each value of a cut and for all of them. Expects period_days.

   by_month: a CTE with month_start, team, segment, the cut and the names. #}
{% macro sliced_sums(by_month, cut, names) -%}
    select
        period_days.period_type,
        period_days.period_start,
        {{ slice_columns() }},
        coalesce({{ by_month }}.{{ cut }}, 'all') as {{ cut }}
        {%- for name in names %},
        sum({{ by_month }}.{{ name }}) as {{ name }}
        {%- endfor %}
    from {{ by_month }}
    inner join period_days on period_days.calendar_date = {{ by_month }}.month_start
    group by
        period_days.period_type, period_days.period_start,
        grouping sets (
            (), (team), (segment), ({{ by_month }}.{{ cut }}), ({{ by_month }}.{{ cut }}, team),
            ({{ by_month }}.{{ cut }}, segment)
        )
{%- endmacro %}

{# One number for a period, a slice and a stage. #}
{% macro cohort_number(periods, slices, stages) -%}
    {{ periods }}.period_number * 100000000 + {{ slices }}.slice_number * 100 + {{ stages }}.stage_number
{%- endmacro %}
