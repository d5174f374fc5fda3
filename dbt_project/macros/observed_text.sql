{# Values of long history are text. These turn them into the text that a typed value would have, null where they do not
   parse: such a value is not seen, and the header has its say in the end. #}
{% macro number_text(column) -%}
    case
        when {{ has_pattern(column, '^-?[0-9]{1,13}([.][0-9]+)?$') }} then cast(cast({{ column }} as numeric(20, 6)) as varchar)
    end
{%- endmacro %}

{% macro percent_text(column) -%}
    cast(cast(cast({{ column }} as numeric(20, 6)) / 100 as numeric(17, 9)) as varchar)
{%- endmacro %}

{% macro date_text(column) -%}
    case when {{ has_pattern(column, '^[0-9]{4}-[0-9]{2}-[0-9]{2}') }} then substr({{ column }}, 1, 10) end
{%- endmacro %}

{% macro flag_text(column) -%}
    case
        when {{ fold(column) }} in ('true', 't', 'yes', '1') then 'true'
        when {{ fold(column) }} in ('false', 'f', 'no', '0') or {{ column }} is null then 'false'
    end
{%- endmacro %}

{# Won, lost or open: as the header's own flags say, else as its stage does. #}
{% macro outcome_of(header, stages) -%}
    case
        when {{ header }}.is_won then 'won'
        when {{ header }}.is_closed and {{ header }}.is_won is not null then 'lost'
        when {{ header }}.is_closed and {{ stages }}.outcome = 'won' then 'won'
        when {{ header }}.is_closed then 'lost'
        when not {{ header }}.is_closed then 'open'
        else coalesce({{ stages }}.outcome, 'open')
    end
{%- endmacro %}

{# Chance of winning in [0, 1]: certain once closed, else as given, else as the stage has it. #}
{% macro probability_of(outcome, given, stages) -%}
    cast(
        case {{ outcome }}
            when 'won' then 1
            when 'lost' then 0
            else coalesce({{ given }}, {{ stages }}.probability)
        end as numeric(17, 9)
    )
{%- endmacro %}

{# A value of a long history row as the text its typed value would have; expects the row's column field. #}
{% macro long_value(column, owner, company_currency) -%}
    case field
        when 'owner_id' then {{ owner }}
        when 'amount' then {{ number_text(column) }}
        when 'probability' then {{ number_text(column) }}
        when 'close_date' then {{ date_text(column) }}
        when 'is_deleted' then {{ flag_text(column) }}
        when 'currency_code' then coalesce(upper({{ column }}), {{ company_currency }})
        when 'forecast_category' then {{ forecast_category(column) }}
        else {{ column }}
    end
{%- endmacro %}

{# Whether a regular expression matches somewhere in the text. #}
{% macro has_pattern(column, pattern) -%}
    {{ adapter.dispatch('has_pattern')(column, pattern) }}
{%- endmacro %}

{% macro default__has_pattern(column, pattern) -%}{{ column }} ~ '{{ pattern }}'{%- endmacro %}

{% macro duckdb__has_pattern(column, pattern) -%}regexp_matches({{ column }}, '{{ pattern }}'){%- endmacro %}
