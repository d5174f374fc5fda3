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
