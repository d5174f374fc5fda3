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
    calendar_year,
    calendar_quarter,
    calendar_month,
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
    day_of_fiscal_quarter,
    holiday_name,
    is_business_day,
    business_day_number,
    {{ run_id() }} as _run_id
from calendar_dates
