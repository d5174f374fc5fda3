{# English weekdays, Monday first. #}
{% macro weekdays() -%}
    {{ return(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']) }}
{%- endmacro %}

{# 1 for Monday to 7 for Sunday. #}
{% macro day_of_week(day) -%}cast(extract(isodow from {{ day }}) as integer){%- endmacro %}

{# Days since the last first day of the week, 0 to 6; week_start is 1 for Monday to 7 for Sunday. #}
{% macro days_into_week(day, week_start) -%}
    mod({{ day_of_week(day) }} - {{ week_start }} + 7, 7)
{%- endmacro %}

{# A year and month as 2026-09. #}
{% macro month_label(day) -%}
    cast(extract(year from {{ day }}) as {{ dbt.type_string() }}) || '-' || {{ two_digits('extract(month from ' ~ day ~ ')') }}
{%- endmacro %}

{% macro two_digits(number) -%}lpad(cast({{ number }} as {{ dbt.type_string() }}), 2, '0'){%- endmacro %}

{# Fiscal calendars of weeks: how many weeks each month of a quarter has. #}
{% macro week_calendars() -%}
    {{ return({'4-4-5': [4, 4, 5], '4-5-4': [4, 5, 4], '5-4-4': [5, 4, 4]}) }}
{%- endmacro %}

{# Weeks of a fiscal year before its month `position` (0 to 11), by the pattern of a quarter. #}
{% macro weeks_before(pattern, position) -%}
    {{ return(13 * (position // 3) + pattern[:position % 3] | sum) }}
{%- endmacro %}

{# Every period type with the columns of calendar_dates that hold its start, end, name, year and number in the year. #}
{% macro period_types() -%}
    {%- set text = dbt.type_string() -%}
    {{ return([
        ['day', 'calendar_date', 'calendar_date + 1', 'cast(calendar_date as ' ~ text ~ ')', 'fiscal_year',
            '100 * fiscal_month + day_of_fiscal_month'],
        ['week', 'week_start', 'week_end', 'week_name', 'fiscal_week_year', 'fiscal_week'],
        ['month', 'month_start', 'month_end', 'month_name', 'fiscal_year', 'fiscal_month'],
        ['quarter', 'fiscal_quarter_start', 'fiscal_quarter_end', 'fiscal_quarter_name', 'fiscal_year',
            'fiscal_quarter'],
        ['year', 'fiscal_year_start', 'fiscal_year_end', 'fiscal_year_name', 'fiscal_year', '1'],
        ['calendar_month', 'calendar_month_start', 'calendar_month_end', 'calendar_month_name', 'calendar_year',
            'calendar_month'],
        ['calendar_quarter', 'calendar_quarter_start', 'calendar_quarter_end',
            "calendar_year || '-Q' || calendar_quarter", 'calendar_year', 'calendar_quarter'],
        ['calendar_year', 'calendar_year_start', 'calendar_year_end', 'cast(calendar_year as ' ~ text ~ ')',
            'calendar_year', '1'],
    ]) }}
{%- endmacro %}

{# Fiscal periods from the month up: those in which goals are set and most analyses speak. #}
{% macro fiscal_period_types() -%}{{ return(['month', 'quarter', 'year']) }}{%- endmacro %}

{# Periods from the month up, fiscal and the calendar's: shorter ones hold too few deals for medians, ranks and
   waterfalls. #}
{% macro long_period_types() -%}
    {{ return(fiscal_period_types() + ['calendar_month', 'calendar_quarter', 'calendar_year']) }}
{%- endmacro %}
