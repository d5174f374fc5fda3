{{ config(alias='calendar_dates', meta={'publish': {'key': ['calendar_date'], 'touched_by': none}}) }}

with

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

)

select
    calendar_date,
    day_of_week,
    day_name,
    week_start,
    week_end,
    fiscal_week_year,
    fiscal_week,
    week_name,
    calendar_year,
    calendar_quarter,
    calendar_month,
    calendar_month_name,
    calendar_month_start,
    calendar_month_end,
    calendar_quarter_start,
    calendar_quarter_end,
    calendar_year_start,
    calendar_year_end,
    month_name,
    month_start,
    month_end,
    fiscal_year,
    fiscal_quarter,
    fiscal_month,
    fiscal_quarter_name,
    fiscal_year_name,
    fiscal_quarter_start,
    fiscal_quarter_end,
    fiscal_year_start,
    fiscal_year_end,
    day_of_fiscal_month,
    day_of_fiscal_quarter,
    year_ago_date,
    holiday_name,
    is_business_day,
    business_day_number,
    {{ run_id() }} as _run_id
from calendar_dates
