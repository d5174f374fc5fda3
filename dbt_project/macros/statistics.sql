{# After a table is built: without statistics the planner takes new tables for tiny and loops over millions of rows. #}
{% macro gather_statistics() -%}
    {%- if model.config.materialized != 'view' %}{{ adapter.dispatch('gather_statistics')() }}{% endif -%}
{%- endmacro %}

{% macro default__gather_statistics() -%}{%- endmacro %}

{% macro postgres__gather_statistics() -%}analyze {{ this }}{%- endmacro %}
