-- When each fiscal year begins and ends, by the company's calendar. docs/companies.md holds the rules.

with

company as (

    select * from {{ ref('company') }}

),

deals as (

    {{ union_staging('opportunities', ['close_date', 'created_at']) }}

),

orders as (

    {{ union_staging('orders', ['order_date']) }}

),

bounds as (

    select
        least(
            (select min(close_date) from deals where close_date >= date '1970-01-01'),
            (select min(cast(created_at as date)) from deals where created_at >= date '1970-01-01'),
            (select min(order_date) from orders where order_date >= date '1970-01-01'),
            {{ as_of_date() }} - 365 * 5
        ) as first_needed,
        {{ as_of_date() }} + 365 * 3 as last_needed

),

days as (

    {{ day_series(
        "(select first_needed - 366 * 3 from bounds)",
        "(select last_needed + 366 * 3 from bounds)"
    ) }}

),

nominal as (

    -- The first of the month; a calendar of weeks moves it to the first day of a week.
    select
        days.calendar_date as nominal_start,
        {{ days_into_week('days.calendar_date', 'company.week_start_day') }} as days_into_week,
        company.fiscal_calendar,
        company.fiscal_year_end_rule,
        cast(extract(year from days.calendar_date) as integer)
        + case when company.fiscal_year_named_after = 'end' and company.fiscal_year_start_month > 1 then 1 else 0 end
            as fiscal_year
    from days
    cross join company
    where
        extract(day from days.calendar_date) = 1
        and extract(month from days.calendar_date) = company.fiscal_year_start_month

),

moved as (

    select
        *,
        nominal_start - days_into_week + case when days_into_week > 3 then 7 else 0 end as nearest_week_start,
        nominal_start - days_into_week as last_week_start
    from nominal

),

started as (

    select
        nominal_start,
        fiscal_calendar,
        fiscal_year,
        case
            when fiscal_calendar = 'months' then nominal_start
            when fiscal_year_end_rule = 'nearest' then nearest_week_start
            else last_week_start
        end as fiscal_year_start,
        -- The first week of the year is the one whose fourth day is the first to lie in it.
        case
            when fiscal_calendar <> 'months' and fiscal_year_end_rule = 'last' then last_week_start
            else nearest_week_start
        end as first_week_start
    from moved

),

bounded as (

    select
        *,
        lead(fiscal_year_start) over (order by fiscal_year_start) as fiscal_year_end,
        lag(first_week_start) over (order by fiscal_year_start) as first_week_start_before,
        lead(first_week_start) over (order by fiscal_year_start) as first_week_start_after
    from started

),

final as (

    select
        *,
        {{ whole_quotient('first_week_start_after - first_week_start', 7) }} as weeks
    from bounded
    where
        first_week_start_before is not null
        and fiscal_year_end >= (select first_needed - 366 from bounds)
        and fiscal_year_start <= (select last_needed + 366 from bounds)

)

select * from final
