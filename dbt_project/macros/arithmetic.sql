{# numerator / denominator as numeric; null when the denominator is zero or null. #}
{% macro safe_divide(numerator, denominator) -%}
    {{ adapter.dispatch('safe_divide')(numerator, denominator) }}
{%- endmacro %}

{% macro default__safe_divide(numerator, denominator) -%}
    (cast({{ numerator }} as numeric(38, 9)) / nullif({{ denominator }}, 0))
{%- endmacro %}

{% macro duckdb__safe_divide(numerator, denominator) -%}
    {{ exact_quotient('cast(' ~ numerator ~ ' as decimal(38, 9))', denominator, 9) }}
{%- endmacro %}

{# numerator / denominator where the denominator is never 0; the numerator keeps all its decimals. #}
{% macro divide(numerator, denominator) -%}
    {{ adapter.dispatch('divide')(numerator, denominator) }}
{%- endmacro %}

{% macro default__divide(numerator, denominator) -%}
    (({{ numerator }}) / ({{ denominator }}))
{%- endmacro %}

{% macro duckdb__divide(numerator, denominator) -%}
    {{ exact_quotient('cast(' ~ numerator ~ ' as decimal(38, 12))', denominator, 12) }}
{%- endmacro %}

{# DuckDB divides decimals as doubles, whole numbers exactly: the quotient of decimals, the numerator's of the given scale,
   as whole numbers, cut (not rounded) at 12 decimals, so that what is rounded afterwards rounds as elsewhere. Both below
   10 ^ 14, the denominator with 12 decimals at most. #}
{% macro exact_quotient(numerator, denominator, scale) -%}
    (
        cast(
            cast({{ numerator }} * {{ '1' ~ '0' * scale }} as hugeint) * {{ '1' ~ '0' * (24 - scale) }}
            // nullif(cast(cast({{ denominator }} as decimal(38, 12)) * 1000000000000 as hugeint), 0) as decimal(38, 0)
        ) * 0.000000000001
    )
{%- endmacro %}

{# How often the divisor goes into a whole number that is not negative, as a whole number. #}
{% macro whole_quotient(dividend, divisor) -%}
    {{ adapter.dispatch('whole_quotient')(dividend, divisor) }}
{%- endmacro %}

{% macro default__whole_quotient(dividend, divisor) -%}
    (({{ dividend }}) / {{ divisor }})
{%- endmacro %}

{% macro duckdb__whole_quotient(dividend, divisor) -%}
    cast(({{ dividend }}) // {{ divisor }} as integer)
{%- endmacro %}

{# Rounded to so many decimals, which may differ from row to row. #}
{% macro round_to(number, decimals) -%}
    {{ adapter.dispatch('round_to')(number, decimals) }}
{%- endmacro %}

{% macro default__round_to(number, decimals) -%}
    round({{ number }}, {{ decimals }})
{%- endmacro %}

{# DuckDB rounds decimals to a constant scale only, and the scale is part of the type. #}
{% macro duckdb__round_to(number, decimals) -%}
    case {{ decimals }}
        {%- for scale in range(4) %}
        when {{ scale }} then cast(round({{ number }}, {{ scale }}) as decimal(20, 6))
        {%- endfor %}
    end
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

{# A double becomes a decimal by 15 digits, as on PostgreSQL: a half between two decimals then rounds up on both. #}
{% macro duckdb__percentile(column, fraction) -%}
    cast(
        format('{:.15g}', quantile_cont(cast({{ column }} as double), {{ fraction }})) as decimal(38, 12)
    )
{%- endmacro %}

{# Median with money's type. #}
{% macro median(column) -%}
    cast({{ percentile(column, 0.5) }} as numeric(20, 6))
{%- endmacro %}

{# Text that means nothing is null: outer spaces off, empty to null. #}
{% macro clean(column) -%}nullif(trim({{ column }}), ''){%- endmacro %}

{# How source words are compared with the mapping tables: without case and outer spaces. #}
{% macro fold(column) -%}lower(trim({{ column }})){%- endmacro %}
