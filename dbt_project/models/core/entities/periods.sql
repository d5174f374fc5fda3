{{ config(indexes=[{'columns': ['period_type', 'period_start'], 'unique': true}]) }}

with

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

periods as (

    select distinct 'month' as period_type, month_start as period_start, month_end as period_end,
        month_name as period_name, fiscal_year, fiscal_quarter_start, fiscal_year_start
    from calendar_dates
    union all
    select distinct 'quarter', fiscal_quarter_start, fiscal_quarter_end, fiscal_quarter_name, fiscal_year,
        fiscal_quarter_start, fiscal_year_start
    from calendar_dates
    union all
    select distinct 'year', fiscal_year_start, fiscal_year_end, fiscal_year_name, fiscal_year,
        cast(null as date), fiscal_year_start
    from calendar_dates

),

business_days as (

    select period_type, period_start, count(*) filter (where is_business_day) as business_days
    from periods
    inner join calendar_dates
        on calendar_dates.calendar_date >= periods.period_start and calendar_dates.calendar_date < periods.period_end
    group by period_type, period_start

)

select
    periods.period_type,
    periods.period_start,
    periods.period_end,
    periods.period_name,
    periods.fiscal_year,
    periods.fiscal_quarter_start,
    periods.fiscal_year_start,
    periods.period_end - periods.period_start as days,
    business_days.business_days,
    {{ run_id() }} as _run_id
from periods
inner join business_days using (period_type, period_start)
