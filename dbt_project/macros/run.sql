{# What a run knows of itself.
   It arrives as settings of the database session, so that dbt's parsed project stays valid from run to run
   (dbt parses everything anew when a --var changes); the vars of dbt_project.yml hold outside a run. #}

{% macro run_id() -%}{{ adapter.dispatch('run_setting')('run_id', 'bigint') }}{%- endmacro %}

{# The moment this run speaks of: the only clock of the project. timestamptz #}
{% macro as_of() -%}{{ adapter.dispatch('run_setting')('as_of', 'timestamptz') }}{%- endmacro %}

{# Rows written by later runs than this are not published yet. #}
{% macro unpublished_after() -%}{{ adapter.dispatch('run_setting')('unpublished_after', 'bigint') }}{%- endmacro %}

{% macro default__run_setting(name, type) -%}
    cast('{{ var(name) }}' as {{ type }})
{%- endmacro %}

{% macro postgres__run_setting(name, type) -%}
    cast(coalesce(nullif(current_setting('attain.{{ name }}', true), ''), '{{ var(name) }}') as {{ type }})
{%- endmacro %}
