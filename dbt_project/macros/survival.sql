{# How long things last when some have not ended yet (docs/pipeline-analysis.md). Double precision: statistics, not amounts.

   CTEs that end in `survival`: the rows of durations with at_risk, the share that lasts beyond their day (Kaplan-Meier)
   and, of the ways to end in `shown`, the share that has ended so by then (Aalen-Johansen: the ways compete, and all of
   their shares and the survivors add up to 1). Null where nobody is at risk.
   durations: name of a CTE, one row per group and day: the group's columns, days, stays, and per way `<way>_stays`;
   stays that ended no way were last seen on that day. Counts are integers. -#}
{% macro survival_curves(durations, groups, ways, shown) -%}
    {%- set by_days = '(partition by ' ~ groups | join(', ') ~ ' order by days rows unbounded preceding)' -%}
    exposed as (

        -- Who is last seen on a day is at risk on it.
        select
            *,
            {% for way in ways %}{{ way }}_stays{% if not loop.last %} + {% endif %}{% endfor %} as ended_stays,
            nullif(cast(
                sum(stays) over (partition by {{ groups | join(', ') }}) - sum(stays) over {{ by_days }} + stays
                as double precision
            ), 0) as at_risk
        from {{ durations }}

    ),

    hazards as (

        -- Where all at risk end, nobody is left for a later day.
        select
            *,
            case when ended_stays < at_risk then ln(1 - ended_stays / at_risk) else 0 end as step,
            case when ended_stays < at_risk then 1 when ended_stays = at_risk then 0 end as last_factor
        from exposed

    ),

    lasting as (

        select
            *,
            sum(step) over {{ by_days }} as path
        from hazards

    ),

    survival as (

        select
            *,
            exp(path) * last_factor as survival
            {%- for way in shown %},
            sum(exp(path - step) * {{ way }}_stays / at_risk) over {{ by_days }} as {{ way }}_incidence
            {%- endfor %}
        from lasting

    )
{%- endmacro %}

{# The smallest day by which at most `share` last; null if never. Aggregate over the rows of one survival curve. #}
{% macro survival_quantile(days, survival, share) -%}
    min({{ days }}) filter (where {{ survival }} <= {{ share }} + 1e-9)
{%- endmacro %}

{# The smallest day by which at least `share` have ended one way; null if never. #}
{% macro incidence_quantile(days, incidence, share) -%}
    min({{ days }}) filter (where {{ incidence }} >= {{ share }} - 1e-9)
{%- endmacro %}
