{# The day a moment falls on in the company's time zone. A date is never shifted: pass timestamps only. #}
{% macro company_date(moment) -%}
    {{ adapter.dispatch('company_date')(moment) }}
{%- endmacro %}

{% macro default__company_date(moment) -%}
    cast(({{ moment }}) at time zone (select company.time_zone from {{ ref('company') }} as company) as date)
{%- endmacro %}

{# The moment a day begins in the company's time zone. #}
{% macro day_start(day) -%}
    {{ adapter.dispatch('day_start')(day) }}
{%- endmacro %}

{% macro default__day_start(day) -%}
    (cast({{ day }} as timestamp) at time zone (select company.time_zone from {{ ref('company') }} as company))
{%- endmacro %}

{# A moment of a day in the company's time zone, so many seconds after its midnight by the clock on the wall. #}
{% macro moment_of_day(day, seconds) -%}
    {{ adapter.dispatch('moment_of_day')(day, seconds) }}
{%- endmacro %}

{% macro default__moment_of_day(day, seconds) -%}
    ((cast({{ day }} as timestamp) + {{ seconds }} * interval '1 second')
    at time zone (select company.time_zone from {{ ref('company') }} as company))
{%- endmacro %}

{# Whole seconds of a moment after midnight, by the clock on the wall in the company's time zone. #}
{% macro second_of_day(moment) -%}
    {{ adapter.dispatch('second_of_day')(moment) }}
{%- endmacro %}

{% macro default__second_of_day(moment) -%}
    cast(floor(extract(epoch from cast(
        ({{ moment }}) at time zone (select company.time_zone from {{ ref('company') }} as company) as time
    ))) as integer)
{%- endmacro %}

{# as_of's day in the company's time zone. #}
{% macro as_of_date() -%}{{ company_date(as_of()) }}{%- endmacro %}

{# Calendar days from one date to another; negative when the second is earlier. #}
{% macro days_between(first, second) -%}
    {{ adapter.dispatch('days_between')(first, second) }}
{%- endmacro %}

{% macro default__days_between(first, second) -%}
    cast({{ dbt.datediff(first, second, 'day') }} as integer)
{%- endmacro %}

{% macro postgres__days_between(first, second) -%}
    (cast({{ second }} as date) - cast({{ first }} as date))
{%- endmacro %}

{% macro duckdb__days_between(first, second) -%}
    cast(cast({{ second }} as date) - cast({{ first }} as date) as integer)
{%- endmacro %}
