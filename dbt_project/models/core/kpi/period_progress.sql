-- How far each period has come at the run's as_of; a day counts once it is over.

with

period_days as (

    select * from {{ ref('period_days') }}

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

counted as (

    select
        period_days.period_type,
        period_days.period_start,
        period_days.period_end,
        period_days.period_name,
        period_days.period_number,
        count(*) filter (where calendar_dates.is_business_day) as business_days_total,
        count(*) filter (
            where calendar_dates.is_business_day and calendar_dates.calendar_date < {{ as_of_date() }}
        ) as business_days_elapsed
    from period_days
    inner join calendar_dates on calendar_dates.calendar_date = period_days.calendar_date
    group by 1, 2, 3, 4, 5

),

period_progress as (

    select
        *,
        {{ ratio(safe_divide('business_days_elapsed', 'business_days_total')) }} as elapsed_share,
        period_start <= {{ as_of_date() }} and {{ as_of_date() }} < period_end as is_current,
        period_start > {{ as_of_date() }} as is_future
    from counted

)

select * from period_progress
