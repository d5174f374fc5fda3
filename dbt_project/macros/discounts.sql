{# Discount given on list price, in bands; net and list are sums over the deal's priced lines. #}
{% macro discount_band(list_amount, net_amount) -%}
    {%- set rate = safe_divide(list_amount ~ ' - ' ~ net_amount, list_amount) -%}
    case
        when {{ rate }} is null then 'not recorded'
        when {{ rate }} < 0 then 'above list'
        when {{ rate }} = 0 then 'none'
        when {{ rate }} <= 0.1 then 'up to 10 %'
        when {{ rate }} <= 0.2 then 'over 10 to 20 %'
        when {{ rate }} <= 0.3 then 'over 20 to 30 %'
        else 'over 30 %'
    end
{%- endmacro %}

{# The competitor named; words that stand for an empty field name nobody. #}
{% macro named_competitor(column) -%}
    case
        when {{ fold(column) }} in ('na', 'n/a', 'null', 'none', 'unknown', '-') then 'not recorded'
        else {{ or_not_recorded(column) }}
    end
{%- endmacro %}

{# A recorded word, or `not recorded` where there is none. #}
{% macro or_not_recorded(column) -%}coalesce({{ clean(column) }}, 'not recorded'){%- endmacro %}
