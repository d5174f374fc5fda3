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
