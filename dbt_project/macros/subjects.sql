{# Levels of marts that have one row per rep, per team and for the company. #}
{% macro subject_levels() -%}{{ return(['rep', 'team', 'company']) }}{%- endmacro %}

{# Key of the subject that a rep's figures belong to at a level; reps: alias of the joined reps. #}
{% macro subject_key(level, rep_key, reps='reps') -%}
    {%- if level == 'rep' %}{{ rep_key }}
    {%- elif level == 'team' %}coalesce({{ reps }}.team, 'unknown')
    {%- else %}'company'
    {%- endif %}
{%- endmacro %}

{# Its name; reps: alias of the reps joined for level rep. #}
{% macro subject_name(relation, reps='reps', company='company') -%}
    case {{ relation }}.level
        when 'rep' then {{ reps }}.rep_name
        when 'team' then {{ relation }}.subject_key
        else {{ company }}.company_name
    end
{%- endmacro %}

{# The column of kpi_<level>_period that names its subject. #}
{% macro kpi_subject(level) -%}
    {{ return({'rep': 'rep_key', 'team': 'team', 'company': "'company'"}[level]) }}
{%- endmacro %}

{# Sums of reps at one level: level, subject_key, the keys and the sums by their names. Expects reps.

   relation: one row per rep_key and keys; names: its additive columns. #}
{% macro sums_of_subject(level, relation, keys, names) -%}
    select
        '{{ level }}' as level,
        {{ subject_key(level, relation ~ '.rep_key') }} as subject_key
        {%- for key in keys %},
        {{ relation }}.{{ key }}
        {%- endfor %}
        {%- for name in names %},
        sum({{ relation }}.{{ name }}) as {{ name }}
        {%- endfor %}
    from {{ relation }}
    {%- if level == 'team' %}
    left join reps on reps.rep_key = {{ relation }}.rep_key
    {%- endif %}
    group by {{ range(1, 3 + keys | length) | join(', ') }}
{%- endmacro %}

{# The same at every level, one below the other. #}
{% macro sums_of_subjects(relation, keys, names) -%}
    {%- for level in subject_levels() %}
    {{ sums_of_subject(level, relation, keys, names) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
