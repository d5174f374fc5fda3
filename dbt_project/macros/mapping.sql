{# What a mapping table makes of a source value: `unknown` when there is no value, `unmapped` when the table lacks it. #}
{% macro mapped(source_value, mapped_value) -%}
    case when {{ clean(source_value) }} is null then 'unknown' else coalesce({{ mapped_value }}, 'unmapped') end
{%- endmacro %}
