-- Summed over all reps, the unknown one included, a period's bookings are those of the bookings table.

with

booked as (

    select
        period_days.period_type,
        period_days.period_start,
        sum(bookings.net_amount) as bookings_amount
    from {{ ref('bookings') }} as bookings
    inner join {{ ref('period_days') }} as period_days on period_days.calendar_date = bookings.booking_date
    group by 1, 2

),

reported as (

    select
        period_type,
        period_start,
        sum(bookings_amount) as bookings_amount
    from {{ ref('kpi_rep_period') }}
    group by 1, 2

),

validation_errors as (

    select
        period_type,
        period_start,
        booked.bookings_amount,
        reported.bookings_amount as reported_amount
    from booked
    full outer join reported using (period_type, period_start)
    where coalesce(booked.bookings_amount, 0) <> coalesce(reported.bookings_amount, 0)

)

select * from validation_errors
