{# numerator / denominator as numeric; null when the denominator is zero or null. #}
{% macro safe_divide(numerator, denominator) -%}
    {{ adapter.dispatch('safe_divide')(numerator, denominator) }}
{%- endmacro %}

{% macro default__safe_divide(numerator, denominator) -%}
    (cast({{ numerator }} as numeric(38, 9)) / nullif({{ denominator }}, 0))
{%- endmacro %}

{# Types of money and rates, cast after each product so that no engine runs out of scale. #}
{% macro money(expression) -%}cast({{ expression }} as numeric(20, 6)){%- endmacro %}
{% macro ratio(expression) -%}cast({{ expression }} as numeric(17, 9)){%- endmacro %}

{# Continuous percentile of a column within its group; nulls are left out. fraction in [0, 1] #}
{% macro percentile(column, fraction) -%}
    {{ adapter.dispatch('percentile')(column, fraction) }}
{%- endmacro %}

{% macro default__percentile(column, fraction) -%}
    percentile_cont({{ fraction }}) within group (order by {{ column }})
{%- endmacro %}

{% macro duckdb__percentile(column, fraction) -%}
    quantile_cont({{ column }}, {{ fraction }})
{%- endmacro %}

{# Median with money's type. #}
{% macro median(column) -%}
    cast({{ percentile(column, 0.5) }} as numeric(20, 6))
{%- endmacro %}

{# Text that means nothing is null: outer spaces off, empty to null. #}
{% macro clean(column) -%}nullif(trim({{ column }}), ''){%- endmacro %}

{# How source words are compared with the mapping tables: without case and outer spaces. #}
{% macro fold(column) -%}lower(trim({{ column }})){%- endmacro %}
