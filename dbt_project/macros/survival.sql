{# How long things last when some have not ended yet (docs/pipeline-analysis.md). Double precision: statistics, not amounts.

   CTEs that end in `survival`: one row per group and day t on which anything ended or was last seen, with at_risk, the
   share that lasts beyond t (Kaplan-Meier) and, of each way to end, the share that has ended so by t (Aalen-Johansen:
   the ways compete, and their shares and the survivors add up to 1).
   durations: name of a CTE with the group's columns, days, stays, and per way `<way>_stays`; stays that ended no way
   were last seen on that day. groups: the group's columns. ways: names. -#}
{% macro survival_curves(durations, groups, ways) -%}
    {%- set group = groups | join(', ') -%}
    {%- set ended -%}({% for way in ways %}{{ way }}_stays{% if not loop.last %} + {% endif %}{% endfor %}){%- endset -%}
    exposed as (

        {# Who is last seen on a day is at risk on it. #}
        select
            *,
            {{ ended }} as ended_stays,
            cast(
                sum(stays) over (partition by {{ group }})
                - sum(stays) over (partition by {{ group }} order by days)
                + stays as double precision
            ) as at_risk
        from {{ durations }}

    ),

    lasting as (

        {# Where all at risk end, nobody is left for a later day. #}
        select
            *,
            case
                when ended_stays < at_risk
                    then exp(
                        sum(case when ended_stays < at_risk then ln(1 - ended_stays / at_risk) else 0 end)
                            over (partition by {{ group }} order by days)
                    )
                else 0
            end as survival
        from exposed

    ),

    before as (

        select
            *,
            coalesce(lag(survival) over (partition by {{ group }} order by days), 1) as survival_before
        from lasting

    ),

    survival as (

        select
            *
            {%- for way in ways %},
            sum(survival_before * {{ way }}_stays / at_risk) over (partition by {{ group }} order by days)
                as {{ way }}_incidence
            {%- endfor %}
        from before

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
