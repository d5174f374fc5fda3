{# Three incremental strategies of our own.

   touched: a model whose rows belong to one entity (meta.touched_by, such as opportunity) under unique_key.
            Every row of a touched key goes, and what the model now says of it comes in. With meta.is_logged both are
            noted as well, in the same transaction, for an accumulated model to take up.
   changed: a model computed whole each time; only rows that differ are written, so that _run_id marks change.
            unique_key may be a list.
   accumulated: sums (meta.sums) per unique_key over a logged touched model. The model yields what is to be added, and
            its own transaction empties the log: killed anywhere, each change counts once. A row that falls to nothing
            stays until that is published: its _run_id tells of the change. #}

{% macro get_incremental_touched_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict.dest_columns | map(attribute='name')) -%}
    {%- set entity = model.config.meta.get('touched_by', 'opportunity') -%}
    {%- set is_touched -%}
        {{ arg_dict.unique_key }} in (select entity_key from {{ ref('touched_keys') }} where entity = '{{ entity }}')
    {%- endset -%}
    {%- if model.config.meta.get('is_logged') %}
    insert into {{ log_of(arg_dict.target_relation) }} (direction, write_number, {{ columns }})
    select -1, cast(cast(pg_current_xact_id() as text) as bigint), {{ columns }}
    from {{ arg_dict.target_relation }}
    where {{ is_touched }};

    insert into {{ log_of(arg_dict.target_relation) }} (direction, write_number, {{ columns }})
    select 1, cast(cast(pg_current_xact_id() as text) as bigint), {{ columns }} from {{ arg_dict.temp_relation }};
    {% endif %}
    delete from {{ arg_dict.target_relation }} where {{ is_touched }};

    insert into {{ arg_dict.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arg_dict.temp_relation }}
{%- endmacro %}

{% macro get_incremental_accumulated_sql(arg_dict) -%}
    {%- set sums = model.config.meta.sums -%}
    {%- set names = arg_dict.dest_columns | map(attribute='name') | list -%}
    delete from {{ arg_dict.target_relation }}
    where _run_id <= {{ unpublished_after() }}{% for name in sums %} and {{ name }} = 0{% endfor %};

    merge into {{ arg_dict.target_relation }} as old
    using {{ arg_dict.temp_relation }} as new
    on {% for key in arg_dict.unique_key %}new.{{ key }} = old.{{ key }}{% if not loop.last %} and {% endif %}{% endfor %}
    when matched then update set
        {% for name in sums %}{{ name }} = old.{{ name }} + new.{{ name }}, {% endfor %}_run_id = new._run_id
    when not matched then insert ({{ get_quoted_csv(names) }})
    values ({% for name in names %}new.{{ adapter.quote(name) }}{% if not loop.last %}, {% endif %}{% endfor %})
{%- endmacro %}

{# The log of a touched model: its columns, direction (-1: rows that went, 1: rows that came) and write_number, the
   same for all rows of one write. #}
{% macro log_of(relation) -%}
    {{ return(api.Relation.create(
        database=relation.database, schema=relation.schema, identifier=relation.identifier ~ '_log'
    )) }}
{%- endmacro %}

{% macro keep_log_of_touched(relation) -%}{{ adapter.dispatch('keep_log_of_touched')(relation) }}{%- endmacro %}

{# An engine that builds everything anew keeps no log. #}
{% macro default__keep_log_of_touched(relation) -%}{%- endmacro %}

{% macro postgres__keep_log_of_touched(relation) -%}
    {%- if flags.FULL_REFRESH %}drop table if exists {{ log_of(relation) }};{% endif %}
    create table if not exists {{ log_of(relation) }} as
    select cast(1 as integer) as direction, cast(0 as bigint) as write_number, kept.*
    from {{ relation }} as kept
    where false
{%- endmacro %}

{% macro empty_log_of_touched(relation) -%}{{ adapter.dispatch('empty_log_of_touched')(relation) }}{%- endmacro %}

{% macro default__empty_log_of_touched(relation) -%}{%- endmacro %}

{% macro postgres__empty_log_of_touched(relation) -%}delete from {{ log_of(relation) }}{%- endmacro %}

{# What an accumulated model adds up: the log's rows, on a first build all rows as if they had just come. #}
{% macro to_accumulate(relation) -%}
    {%- if is_incremental() %}
    select * from {{ log_of(relation) }}
    {%- else %}
    select *, 1 as direction, 0 as write_number from {{ relation }}
    {%- endif %}
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

{# Memory for one model's sorts and hashes, for a model whose intermediate rows are many. #}
{% macro work_memory(amount) -%}{{ adapter.dispatch('work_memory')(amount) }}{%- endmacro %}

{% macro default__work_memory(amount) -%}{%- endmacro %}

{% macro postgres__work_memory(amount) -%}set local work_mem = '{{ amount }}'{%- endmacro %}
