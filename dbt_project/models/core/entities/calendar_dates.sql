{{ config(indexes=[{'columns': ['calendar_date'], 'unique': true}]) }}

with

company as (

    select * from {{ ref('company') }}

),

holidays as (

    select * from {{ ref('stg_company__holidays') }}

),

fiscal_months as (

    select * from {{ ref('fiscal_months') }}

),

days as (

    {{ day_series(
        "(select min(month_start) from fiscal_months)", "(select max(month_end) - 1 from fiscal_months)"
    ) }}

),

dated as (

    select
        days.calendar_date,
        {{ day_of_week('days.calendar_date') }} as day_of_week,
        days.calendar_date - {{ days_into_week('days.calendar_date', 'company.week_start_day') }} as week_start,
        cast(extract(year from days.calendar_date) as integer) as calendar_year,
        cast(extract(quarter from days.calendar_date) as integer) as calendar_quarter,
        cast(extract(month from days.calendar_date) as integer) as calendar_month,
        {{ month_start('days.calendar_date') }} as calendar_month_start,
        cast({{ dbt.date_trunc('quarter', 'days.calendar_date') }} as date) as calendar_quarter_start,
        cast({{ dbt.date_trunc('year', 'days.calendar_date') }} as date) as calendar_year_start,
        holidays.holiday_name,
        {{ day_of_week('days.calendar_date') }} <= 5 and holidays.holiday_date is null as is_business_day
    from days
    cross join company
    left join holidays on holidays.holiday_date = days.calendar_date

),

counted as (

    -- Business days from the calendar's first day to this one, both counted: a difference of two counts a range.
    select
        dated.*,
        count(*) filter (where is_business_day) over (
            order by calendar_date rows unbounded preceding
        ) as business_day_number
    from dated

),

fiscal as (

    select
        counted.*,
        fiscal_months.fiscal_year,
        fiscal_months.fiscal_quarter,
        fiscal_months.fiscal_month,
        fiscal_months.month_name,
        fiscal_months.month_start,
        fiscal_months.month_end,
        fiscal_months.fiscal_quarter_start,
        fiscal_months.fiscal_quarter_end,
        fiscal_months.fiscal_year_start,
        fiscal_months.fiscal_year_end,
        -- A week that the turn of the year cuts belongs to the year that holds its fourth day.
        fiscal_months.fiscal_year
        + case
            when counted.week_start >= fiscal_months.first_week_start_after then 1
            when counted.week_start < fiscal_months.first_week_start then -1
            else 0
        end as fiscal_week_year,
        case
            when counted.week_start >= fiscal_months.first_week_start_after then fiscal_months.first_week_start_after
            when counted.week_start < fiscal_months.first_week_start then fiscal_months.first_week_start_before
            else fiscal_months.first_week_start
        end as first_week_start
    from counted
    inner join fiscal_months
        on
            counted.calendar_date >= fiscal_months.month_start
            and counted.calendar_date < fiscal_months.month_end

),

numbered as (

    select
        fiscal.*,
        cast({{ whole_quotient('fiscal.week_start - fiscal.first_week_start', 7) }} + 1 as integer) as fiscal_week,
        {{ days_between('fiscal.month_start', 'fiscal.calendar_date') }} + 1 as day_of_fiscal_month
    from fiscal

),

final as (

    select
        numbered.calendar_date,
        numbered.day_of_week,
        case numbered.day_of_week
            {% for day in weekdays() -%}
            when {{ loop.index }} then '{{ day }}'
            {% endfor -%}
        end as day_name,
        numbered.week_start,
        numbered.week_start + 7 as week_end,
        numbered.fiscal_week_year,
        numbered.fiscal_week,
        numbered.fiscal_week_year || '-W' || {{ two_digits('numbered.fiscal_week') }} as week_name,
        numbered.calendar_year,
        numbered.calendar_quarter,
        numbered.calendar_month,
        {{ month_label('numbered.calendar_date') }} as calendar_month_name,
        numbered.calendar_month_start,
        cast({{ add_months('numbered.calendar_month_start', '1') }} as date) as calendar_month_end,
        numbered.calendar_quarter_start,
        cast({{ add_months('numbered.calendar_quarter_start', '3') }} as date) as calendar_quarter_end,
        numbered.calendar_year_start,
        cast({{ add_months('numbered.calendar_year_start', '12') }} as date) as calendar_year_end,
        numbered.month_name,
        numbered.month_start,
        numbered.month_end,
        numbered.fiscal_year,
        numbered.fiscal_quarter,
        numbered.fiscal_month,
        numbered.fiscal_year || '-Q' || numbered.fiscal_quarter as fiscal_quarter_name,
        'FY' || numbered.fiscal_year as fiscal_year_name,
        numbered.fiscal_quarter_start,
        numbered.fiscal_quarter_end,
        numbered.fiscal_year_start,
        numbered.fiscal_year_end,
        numbered.day_of_fiscal_month,
        {{ days_between('numbered.fiscal_quarter_start', 'numbered.calendar_date') }} + 1 as day_of_fiscal_quarter,
        year_ago.calendar_date as year_ago_date,
        numbered.holiday_name,
        numbered.is_business_day,
        numbered.business_day_number,
        {{ run_id() }} as _run_id
    from numbered
    left join numbered as year_ago
        on
            year_ago.fiscal_year = numbered.fiscal_year - 1
            and year_ago.fiscal_month = numbered.fiscal_month
            and year_ago.day_of_fiscal_month = numbered.day_of_fiscal_month

)

select * from final
