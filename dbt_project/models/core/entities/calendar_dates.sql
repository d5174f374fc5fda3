{{ config(indexes=[{'columns': ['calendar_date'], 'unique': true}]) }}

{# Fiscal years are named after the calendar year they end in. #}
with

company as (

    select * from {{ ref('company') }}

),

holidays as (

    select * from {{ ref('stg_company__holidays') }}

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
        "(select cast(date_trunc('year', first_needed) as date) - 366 from bounds)",
        "(select cast(date_trunc('year', last_needed) as date) + 731 from bounds)"
    ) }}

),

shifted as (

    {# Moved so that the fiscal year begins in January: its quarter and year are then the shifted day's. #}
    select
        days.calendar_date,
        cast(extract(year from days.calendar_date) as integer) as calendar_year,
        cast(extract(month from days.calendar_date) as integer) as calendar_month,
        cast(extract(isodow from days.calendar_date) as integer) as day_of_week,
        cast(date_trunc('month', days.calendar_date) as date) as month_start,
        company.fiscal_year_start_month,
        mod(
            cast(extract(month from days.calendar_date) as integer) - company.fiscal_year_start_month + 12, 12
        ) + 1 as fiscal_month
    from days
    cross join company

),

fiscal as (

    select
        shifted.*,
        (fiscal_month - 1) / 3 + 1 as fiscal_quarter,
        calendar_year
        + case when fiscal_year_start_month > 1 and calendar_month >= fiscal_year_start_month then 1 else 0 end
            as fiscal_year,
        cast(month_start - make_interval(months => mod(fiscal_month - 1, 3)) as date) as fiscal_quarter_start,
        cast(month_start - make_interval(months => fiscal_month - 1) as date) as fiscal_year_start
    from shifted

),

calendar as (

    select
        fiscal.calendar_date,
        fiscal.day_of_week,
        trim(to_char(fiscal.calendar_date, 'Day')) as day_name,
        cast(date_trunc('week', fiscal.calendar_date) as date) as week_start,
        fiscal.calendar_year,
        cast(extract(quarter from fiscal.calendar_date) as integer) as calendar_quarter,
        fiscal.calendar_month,
        to_char(fiscal.calendar_date, 'YYYY-MM') as month_name,
        fiscal.month_start,
        cast(fiscal.month_start + interval '1 month' as date) as month_end,
        fiscal.fiscal_year,
        fiscal.fiscal_quarter,
        fiscal.fiscal_month,
        fiscal.fiscal_year || '-Q' || fiscal.fiscal_quarter as fiscal_quarter_name,
        'FY' || fiscal.fiscal_year as fiscal_year_name,
        fiscal.fiscal_quarter_start,
        cast(fiscal.fiscal_quarter_start + interval '3 months' as date) as fiscal_quarter_end,
        fiscal.fiscal_year_start,
        cast(fiscal.fiscal_year_start + interval '1 year' as date) as fiscal_year_end,
        fiscal.calendar_date - fiscal.fiscal_quarter_start + 1 as day_of_fiscal_quarter,
        holidays.holiday_name,
        fiscal.day_of_week <= 5 and holidays.holiday_date is null as is_business_day
    from fiscal
    left join holidays on holidays.holiday_date = fiscal.calendar_date
    where fiscal.fiscal_year_start >= (select min(month_start) from fiscal where fiscal_month = 1)
        and fiscal.fiscal_year_start + interval '1 year' <= (select max(calendar_date) + 1 from fiscal)

)

select
    calendar.*,
    {# Business days from the calendar's first day to this one, both counted: a difference of two counts a range. #}
    count(*) filter (where is_business_day) over (order by calendar_date rows unbounded preceding)
        as business_day_number,
    {{ run_id() }} as _run_id
from calendar
