{# A model's schema is exactly the one its folder names: one database holds one company, so no prefix is needed. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
