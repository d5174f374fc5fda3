{# Every deal's path is counted at each level: what entered, came back or was passed over, month by month. #}
with

visits as (

    select
        calendar_dates.month_start,
        visits.stage,
        count(*) filter (where visits.is_first) as entries,
        count(*) filter (where not visits.is_first and not visits.is_skipped) as reentries,
        count(*) filter (where visits.is_skipped) as skipped_deals
    from {{ ref('pipeline_stage_visits') }} as visits
    inner join {{ ref('calendar_dates') }} as calendar_dates on calendar_dates.calendar_date = visits.entered_date
    -- Nobody skips what nobody uses.
    where visits.stage in (select stage from {{ ref('pipeline_stage_visits') }} where not is_skipped)
    group by 1, 2

),

expected as (

    select
        levels.dimension_level,
        visits.*
    from visits
    cross join (
        select 'all' as dimension_level union all select 'team' union all select 'segment'
    ) as levels

),

performance as (

    select
        dimension_level,
        period_start as month_start,
        stage,
        sum(entries) as entries,
        sum(reentries) as reentries,
        sum(skipped_deals) as skipped_deals
    from {{ ref('pipeline_stage_performance') }}
    where period_type = 'month'
    group by 1, 2, 3

),

validation_errors as (

    select
        dimension_level,
        month_start,
        stage
    from expected
    full outer join performance using (dimension_level, month_start, stage)
    where expected.entries is distinct from performance.entries
        or expected.reentries is distinct from performance.reentries
        or expected.skipped_deals is distinct from performance.skipped_deals

)

select * from validation_errors
