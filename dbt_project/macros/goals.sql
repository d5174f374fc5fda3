{# Levels above the rep at which goals are set, each with what names the rep's subject there; expects reps. #}
{% macro goal_groups() -%}
    {{ return({'team': 'reps.team', 'region': 'reps.region', 'company': "'company'"}) }}
{%- endmacro %}

{# Targets of one period type: as set for the subject itself, else the sum of its shorter periods, where one of these was
   set for it or nothing comes from below, else what comes from below.
   Expects stated and period_days; which picks the levels, shorter and below are names of CTEs or none. #}
{% macro goal_targets_of(which, period_type, shorter, below) -%}
    {%- set keys = 'level, subject_key, measure, period_start' -%}
    select
        level,
        subject_key,
        measure,
        '{{ period_type }}' as period_type,
        period_start,
        case
            when set_for.amount is not null then set_for.amount
            {%- if shorter %}
            when summed.has_own or {{ 'from_below.amount is null' if below else 'true' }} then summed.amount
            {%- endif %}
            {%- if below %}
            else from_below.amount
            {%- endif %}
        end as amount,
        case
            when set_for.amount is not null then 'goal'
            {%- if shorter %}
            when summed.has_own or {{ 'from_below.amount is null' if below else 'true' }} then summed.basis
            {%- endif %}
            {%- if below %}
            else from_below.basis
            {%- endif %}
        end as basis,
        case
            when set_for.amount is not null then set_for.goals
            else {{ 'coalesce(summed.goals, 0)' if shorter else '0' }}
        end as goals,
        set_for.amount is not null{% if shorter %} or coalesce(summed.has_own, false){% endif %} as has_own
    from (
        select {{ keys }}, amount, goals
        from stated
        where {{ which }} and period_type = '{{ period_type }}'
    ) as set_for
    {%- if shorter %}
    full outer join (
        select
            parts.level,
            parts.subject_key,
            parts.measure,
            period_days.period_start,
            sum(parts.amount) as amount,
            case when min(parts.basis) = max(parts.basis) then min(parts.basis) else 'mixed' end as basis,
            sum(parts.goals) as goals,
            bool_or(parts.has_own) as has_own
        from {{ shorter }} as parts
        inner join period_days
            on period_days.calendar_date = parts.period_start and period_days.period_type = '{{ period_type }}'
        group by 1, 2, 3, 4
    ) as summed using ({{ keys }})
    {%- endif %}
    {%- if below %}
    full outer join (
        select {{ keys }}, amount, basis
        from {{ below }}
        where period_type = '{{ period_type }}'
    ) as from_below using ({{ keys }})
    {%- endif %}
{%- endmacro %}

{# A target up to this many times the subject's own best is within reach. #}
{% macro goal_stretch() -%}1.25{%- endmacro %}

{# Rank of a goal's level: a goal serves one of the same rank or above. #}
{% macro level_rank(level) -%}
    case {{ level }} when 'rep' then 1 when 'team' then 2 when 'region' then 3 when 'company' then 4 end
{%- endmacro %}
