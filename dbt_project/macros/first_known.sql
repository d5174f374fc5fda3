{# In a group, the first value that is not null in the given order. #}
{% macro first_known(column, order) -%}
    {{ adapter.dispatch('first_known')(column, order) }}
{%- endmacro %}

{% macro default__first_known(column, order) -%}
    (array_agg({{ column }} order by {{ order }}, identity_key) filter (where {{ column }} is not null))[1]
{%- endmacro %}
