{# What a mapping table makes of a source value: null when there is no value, `unmapped` when the table lacks it. #}
{% macro mapped(source_value, mapped_value) -%}
    coalesce({{ mapped_value }}, case when {{ clean(source_value) }} is not null then 'unmapped' end)
{%- endmacro %}
