{# Before each model writes: stop if another run has taken the company over. Outside a run there is no lease. #}
{% macro check_lease() -%}{{ adapter.dispatch('check_lease')() }}{%- endmacro %}

{% macro default__check_lease() -%}{%- endmacro %}

{% macro postgres__check_lease() -%}
    select ops.check_lease(cast(current_setting('attain.token', true) as bigint))
    where nullif(current_setting('attain.token', true), '') is not null
{%- endmacro %}
