{# One row per day, both ends included, as calendar_date. first and last are SQL expressions of type date. #}
{% macro day_series(first, last) -%}
    {{ adapter.dispatch('day_series')(first, last) }}
{%- endmacro %}

{% macro duckdb__day_series(first, last) -%}
    select cast(day as date) as calendar_date
    from (
        select unnest(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval 1 day)) as day
    ) as days
{%- endmacro %}

{% macro default__day_series(first, last) -%}
    select cast(day as date) as calendar_date
    from generate_series(
        cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1 day'
    ) as days (day)
{%- endmacro %}
