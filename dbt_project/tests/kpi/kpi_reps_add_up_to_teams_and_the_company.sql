-- Every column that is a sum: the reps' rows add up to the teams', the teams' to the company's. A day's quota is left out:
-- a rep's row for a day exists only where something happened, a team's day has the quota of all its reps.

{% set columns = kpi_amounts() + kpi_counts() + ['open_amount', 'open_deals', 'rep_days', 'quota_amount'] %}

with

{% for level in ['rep', 'team', 'company'] -%}
{{ level }}s as (

    select
        period_type,
        period_start,
        {%- for name in columns %}
        {%- if name == 'quota_amount' %}
        coalesce(sum(case when period_type <> 'day' then quota_amount end), 0) as quota_amount
        {%- else %}
        coalesce(sum({{ name }}), 0) as {{ name }}
        {%- endif %}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('kpi_' ~ level ~ '_period') }}
    group by 1, 2

),

{% endfor -%}

validation_errors as (

    {% for name in columns -%}
    select
        '{{ name }}' as measure,
        period_type,
        period_start,
        reps.{{ name }} as reps,
        teams.{{ name }} as teams,
        companys.{{ name }} as company
    from reps
    full outer join teams using (period_type, period_start)
    full outer join companys using (period_type, period_start)
    where
        reps.{{ name }} is distinct from teams.{{ name }}
        or teams.{{ name }} is distinct from companys.{{ name }}
    {% if not loop.last -%}
    union all
    {% endif %}
    {%- endfor %}

)

select * from validation_errors
