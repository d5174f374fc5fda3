-- Which fiscal month, quarter and year a day belongs to: facts join by day, with equality, instead of by range.

with

periods as (

    select
        *,
        row_number() over (partition by period_type order by period_start) as period_number
    from {{ ref('periods') }}
    where period_type in ('month', 'quarter', 'year')

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

period_days as (

    select
        calendar_dates.calendar_date,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        periods.period_name,
        periods.period_number
    from periods
    inner join calendar_dates
        on
            calendar_dates.calendar_date >= periods.period_start
            and calendar_dates.calendar_date < periods.period_end

)

select * from period_days
