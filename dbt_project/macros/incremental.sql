{# Two incremental strategies of our own.

   touched: a model whose rows belong to one entity (meta.touched_by, such as opportunity) under unique_key.
            Every row of a touched key goes, and what the model now says of it comes in.
   changed: a model computed whole each time; only rows that differ are written, so that _run_id marks change.
            unique_key may be a list. #}

{% macro get_incremental_touched_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict.dest_columns | map(attribute='name')) -%}
    {%- set entity = model.config.meta.get('touched_by', 'opportunity') -%}
    delete from {{ arg_dict.target_relation }}
    where {{ arg_dict.unique_key }} in (select entity_key from {{ ref('touched_keys') }} where entity = '{{ entity }}');

    insert into {{ arg_dict.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict.temp_relation }}
{%- endmacro %}

{% macro get_incremental_changed_sql(arg_dict) -%}
    {%- set keys = [arg_dict.unique_key] if arg_dict.unique_key is string else arg_dict.unique_key -%}
    {%- set names = arg_dict.dest_columns | map(attribute='name') | list -%}
    {%- set values = names | reject('in', keys) | reject('equalto', '_run_id') | list -%}
    {%- set same_key -%}
        {%- for key in keys %}new.{{ key }} = old.{{ key }}{% if not loop.last %} and {% endif %}{% endfor -%}
    {%- endset -%}
    delete from {{ arg_dict.target_relation }} as old
    where not exists (select 1 from {{ arg_dict.temp_relation }} as new where {{ same_key }});

    merge into {{ arg_dict.target_relation }} as old
    using {{ arg_dict.temp_relation }} as new
    on {{ same_key }}
    {% if values -%}
    when matched and (
        {% for name in values %}old.{{ adapter.quote(name) }} is distinct from new.{{ adapter.quote(name) }}
        {%- if not loop.last %} or {% endif %}{% endfor %}
    ) then update set
        {% for name in names %}{{ adapter.quote(name) }} = new.{{ adapter.quote(name) }}
        {%- if not loop.last %}, {% endif %}{% endfor %}
    {%- endif %}
    when not matched then insert ({{ get_quoted_csv(names) }})
    values ({% for name in names %}new.{{ adapter.quote(name) }}{% if not loop.last %}, {% endif %}{% endfor %})
{%- endmacro %}

{# `where` or `and`, then: the key is touched. Nothing on a full refresh. #}
{% macro only_touched(column, entity='opportunity', prefix='where') -%}
    {%- set touched = ref('touched_keys') -%}
    {%- if is_incremental() %}
    {{ prefix }} {{ column }} in (select entity_key from {{ touched }} where entity = '{{ entity }}')
    {%- endif %}
{%- endmacro %}
