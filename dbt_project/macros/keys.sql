{# Hash of (source account, source id): the key of an entity in every layer. Null when a part is null.
   key(['_account', 'owner_id']) -> md5 hex as text #}
{% macro key(parts) -%}
    {%- if parts is string or parts is not sequence -%}
        {{ exceptions.raise_compiler_error("key() takes a list of expressions, got " ~ parts) }}
    {%- endif -%}
    {{ adapter.dispatch('key')(parts) }}
{%- endmacro %}

{% macro default__key(parts) -%}
    md5({% for part in parts %}cast({{ part }} as {{ dbt.type_string() }}){% if not loop.last %} || '|' || {% endif %}{% endfor %})
{%- endmacro %}

{# Key of the member that stands for what is missing; every dimension has it. #}
{% macro unknown_key() -%}'{{ local_md5("unknown") }}'{%- endmacro %}

{# The key, or the unknown member's. #}
{% macro or_unknown(expression) -%}coalesce({{ expression }}, {{ unknown_key() }}){%- endmacro %}
