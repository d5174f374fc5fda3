{# First day of the calendar month of a date. #}
{% macro month_start(day) -%}cast({{ dbt.date_trunc('month', day) }} as date){%- endmacro %}

{# The date that many months later, the same day of the month where there is one. #}
{% macro add_months(day, months) -%}{{ dbt.dateadd('month', months, day) }}{%- endmacro %}

{# Whole calendar months from one date's month to another's: years x 12 + months, for engines disagree on datediff. #}
{% macro months_between(first, second) -%}
    cast(
        (extract(year from {{ second }}) - extract(year from {{ first }})) * 12
        + extract(month from {{ second }}) - extract(month from {{ first }}) as integer
    )
{%- endmacro %}

{# Decimals of the currency's minor unit (ISO 4217): what is paid is rounded to it. #}
{% macro minor_units(currency) -%}
    case
        when {{ currency }} in (
            'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF',
            'XPF'
        ) then 0
        when {{ currency }} in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        else 2
    end
{%- endmacro %}
