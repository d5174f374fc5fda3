-- How long deals stay in a stage, and where they go: one curve per stage and slice, over all stays ever.

{% set groups = ['dimension_level', 'stage', 'stage_order', 'team', 'segment'] %}

with

visits as (

    select * from {{ ref('pipeline_stage_visits') }}
    where not is_skipped

),

company as (

    select * from {{ ref('company') }}

),

timed as (

    select
        stage,
        stage_order,
        team,
        segment,
        greatest({{ days_between('entered_date', 'coalesce(left_date, ' ~ as_of_date() ~ ')') }}, 0) as days,
        exit_kind
    from visits

),

counted as (

    select
        stage,
        stage_order,
        team,
        segment,
        days,
        count(*) as stays
        {%- for way in stage_exits() %},
        count(*) filter (where exit_kind = '{{ way }}') as {{ way }}_stays
        {%- endfor %}
    from timed
    group by 1, 2, 3, 4, 5

),

durations as (

    select
        stage,
        stage_order,
        {{ slice_columns() }},
        days,
        cast(sum(stays) as integer) as stays
        {%- for way in stage_exits() %},
        cast(sum({{ way }}_stays) as integer) as {{ way }}_stays
        {%- endfor %}
    from counted
    group by stage, stage_order, days, grouping sets ((), (team), (segment))

),

{{ survival_curves('durations', groups, stage_exits(), stage_exits()) }},

final as (

    select
        survival.dimension_level,
        survival.stage,
        survival.stage_order,
        survival.team,
        survival.segment,
        cast(survival.days as integer) as days,
        cast(survival.at_risk as bigint) as at_risk_stays,
        {%- for way in stage_exits() %}
        cast(survival.{{ way }}_stays as bigint) as {{ way }}_stays,
        {%- endfor %}
        cast(survival.stays - survival.ended_stays as bigint) as censored_stays,
        {{ ratio('survival.survival') }} as staying_share,
        {%- for way in stage_exits() %}
        {{ ratio('survival.' ~ way ~ '_incidence') }} as {{ way }}_share,
        {%- endfor %}
        survival.at_risk < company.minimum_cases as is_small_sample,
        {{ run_id() }} as _run_id
    from survival
    cross join company

)

select * from final
