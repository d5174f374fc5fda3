-- Every level of funnel_conversion counts each person once: members of a level sum up to `all`.

with

sums as (

    select
        dimension_level,
        cohort_period_type,
        cohort_start,
        funnel_stage,
        sum(people_entered) as people
    from {{ ref('funnel_conversion') }}
    group by dimension_level, cohort_period_type, cohort_start, funnel_stage

),

validation_errors as (

    select sums.*
    from sums
    inner join sums as whole
        on
            whole.dimension_level = 'all'
            and whole.cohort_period_type = sums.cohort_period_type
            and whole.cohort_start = sums.cohort_start
            and whole.funnel_stage = sums.funnel_stage
    where sums.people <> whole.people

)

select * from validation_errors
