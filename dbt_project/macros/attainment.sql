{# actual / target as a fraction, wide enough for a target of next to nothing; null without a target. #}
{% macro attainment(actual, target) -%}
    cast({{ safe_divide(actual, target) }} as numeric(38, 9))
{%- endmacro %}

{# A measure cut off at a tier's bounds; a null bound is open (greatest and least leave nulls out). #}
{% macro within_tier(measure, floor, ceiling) -%}
    least(greatest({{ measure }}, {{ floor }}), {{ ceiling }})
{%- endmacro %}

{# Measures of quotas and goals that are amounts of money; the others are counts. #}
{% macro money_measures() -%}{{ return(['bookings', 'pipeline_created']) }}{%- endmacro %}

{# Everything a quota may be set for. #}
{% macro goal_measures() -%}
    {{ return(money_measures() + ['won_deals', 'created_deals', 'activities', 'calls', 'emails', 'meetings']) }}
{%- endmacro %}
