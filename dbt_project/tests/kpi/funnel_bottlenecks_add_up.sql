-- Every level of funnel_bottlenecks counts each person once, and months add up to quarters and years.

with

bottlenecks as (

    select * from {{ ref('funnel_bottlenecks') }}

),

periods as (

    select * from {{ ref('periods') }}

),

levels as (

    select
        dimension_level,
        period_type,
        period_start,
        funnel_stage,
        sum(people_entered) as entered,
        sum(people_converted) as converted
    from bottlenecks
    group by dimension_level, period_type, period_start, funnel_stage

),

quarters as (

    select
        bottlenecks.funnel_stage,
        periods.fiscal_quarter_start as period_start,
        sum(bottlenecks.people_entered) as entered,
        sum(bottlenecks.people_converted) as converted
    from bottlenecks
    inner join periods on periods.period_type = 'month' and periods.period_start = bottlenecks.period_start
    where bottlenecks.period_type = 'month' and bottlenecks.dimension_level = 'all'
    group by bottlenecks.funnel_stage, periods.fiscal_quarter_start

),

validation_errors as (

    select
        'level ' || levels.dimension_level as told_by,
        levels.period_start,
        levels.funnel_stage
    from levels
    inner join levels as whole
        on
            whole.dimension_level = 'all'
            and whole.period_type = levels.period_type
            and whole.period_start = levels.period_start
            and whole.funnel_stage = levels.funnel_stage
    where levels.entered <> whole.entered or levels.converted <> whole.converted

    union all

    select
        'months' as told_by,
        quarters.period_start,
        quarters.funnel_stage
    from quarters
    left join levels
        on
            levels.dimension_level = 'all'
            and levels.period_type = 'quarter'
            and levels.period_start = quarters.period_start
            and levels.funnel_stage = quarters.funnel_stage
    where levels.entered is distinct from quarters.entered or levels.converted is distinct from quarters.converted

)

select * from validation_errors
