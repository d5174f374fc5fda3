-- Within a cohort no stage holds more than the stage before it, and what converts is what the next stage holds.

with

paths as (

    select
        *,
        lead(people_entered) over cohort_path as entered_next,
        lead(people_entered_strict) over cohort_path as entered_next_strict
    from {{ ref('funnel_conversion') }}
    window cohort_path as (
        partition by dimension_level, cohort_period_type, cohort_start, channel, segment, region, rep_key
        order by stage_order
    )

),

validation_errors as (

    select * from paths
    where entered_next > people_entered
        or (stage_order < 4 and people_converted is distinct from coalesce(entered_next, 0))
        or entered_next_strict > people_entered_strict
        or (stage_order < 4 and people_converted_strict is distinct from coalesce(entered_next_strict, 0))

)

select * from validation_errors
