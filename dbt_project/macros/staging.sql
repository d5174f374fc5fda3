{# Which rows of a raw table a staging model reads: all on a full refresh, else those of loads not published yet.
   A key that changed is read again however late its load committed; there is no watermark. #}
{% macro only_new(load_column='_load_id') -%}
    {%- set loads = source('ops', 'loads') -%}
    {%- if is_incremental() %}
    where {{ load_column }} in (
        select load_id from {{ loads }} where committed_at is not null and published_run_id is null
    )
    {%- endif %}
{%- endmacro %}

{# One entity from all its sources: the named columns of every staging model listed in vars.staging.<entity>. #}
{% macro union_staging(entity, columns) -%}
    {%- set models = var('staging').get(entity) -%}
    {%- if not models -%}
        {{ exceptions.raise_compiler_error("union_staging(): vars.staging has no entity " ~ entity) }}
    {%- endif -%}
    {%- for model in models %}
    select {{ columns | join(', ') }} from {{ ref(model) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
