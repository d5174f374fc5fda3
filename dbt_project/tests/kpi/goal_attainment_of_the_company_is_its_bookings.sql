-- What the company is credited with in a period is what was booked in it: splits and overlays change nothing.

with

booked as (

    select
        period_days.period_type,
        period_days.period_start,
        sum(bookings.net_amount) as bookings_amount
    from {{ ref('bookings') }} as bookings
    inner join {{ ref('period_days') }} as period_days on period_days.calendar_date = bookings.booking_date
    where period_days.period_type in ({{ quoted(fiscal_period_types()) }})
    group by 1, 2

),

credited as (

    select
        period_type,
        period_start,
        actual_amount
    from {{ ref('goal_attainment') }}
    where level = 'company' and measure = 'bookings'

),

validation_errors as (

    select
        period_type,
        period_start,
        booked.bookings_amount,
        credited.actual_amount
    from booked
    full outer join credited using (period_type, period_start)
    where coalesce(booked.bookings_amount, 0) <> coalesce(credited.actual_amount, 0)

)

select * from validation_errors
