{# What a mapping table makes of a source value: null when there is no value, `unmapped` when the table lacks it. #}
{% macro mapped(source_value, mapped_value) -%}
    coalesce({{ mapped_value }}, case when {{ clean(source_value) }} is not null then 'unmapped' end)
{%- endmacro %}

{# A source's word in the form of our canonical ones: `Trade Show` becomes trade_show; null when there is none. #}
{% macro word(column) -%}
    replace(lower({{ clean(column) }}), ' ', '_')
{%- endmacro %}
