-- The share of a period's result that the company usually has by now: the mean of the last eight completed periods of
-- the same type, each read at the same share of its business days. No row with fewer than four to go by.

with

goal_actuals as (

    select * from {{ ref('goal_actuals') }}
    where not is_overlay

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

period_progress as (

    select * from {{ ref('period_progress') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

now_at as (

    select
        period_type,
        period_number,
        elapsed_share
    from period_progress
    where is_current

),

numbered_days as (

    select
        period_days.calendar_date,
        period_days.period_type,
        period_days.period_number,
        progress.business_days_total,
        count(*) filter (where calendar_dates.is_business_day) over (
            partition by period_days.period_type, period_days.period_number
            order by period_days.calendar_date
            rows unbounded preceding
        ) as business_day
    from period_days
    inner join calendar_dates on calendar_dates.calendar_date = period_days.calendar_date
    inner join now_at on now_at.period_type = period_days.period_type
    inner join period_progress as progress
        on
            progress.period_type = period_days.period_type
            and progress.period_number = period_days.period_number
    where period_days.period_number between now_at.period_number - 8 and now_at.period_number - 1

),

by_period as (

    select
        goal_actuals.measure,
        numbered_days.period_type,
        numbered_days.period_number,
        sum(goal_actuals.amount) as total_amount,
        coalesce(sum(goal_actuals.amount) filter (
            where numbered_days.business_day <= round(now_at.elapsed_share * numbered_days.business_days_total)
        ), 0) as amount_by_now
    from goal_actuals
    inner join numbered_days on numbered_days.calendar_date = goal_actuals.actual_date
    inner join now_at on now_at.period_type = numbered_days.period_type
    group by 1, 2, 3

),

curve as (

    select
        measure,
        period_type,
        cast(count(*) as integer) as periods,
        {{ ratio('least(1, avg(' ~ divide('amount_by_now', 'total_amount') ~ '))') }} as expected_share
    from by_period
    where total_amount > 0
    group by measure, period_type
    having count(*) >= 4 and avg(amount_by_now / total_amount) > 0

)

select * from curve
