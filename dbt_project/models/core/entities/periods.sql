{{ config(indexes=[{'columns': ['period_type', 'period_start'], 'unique': true}]) }}

with

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

named as (

    -- Every day in the periods it lies in. year_number and number_in_year find the same period of the year before.
    {% for period_type, start, end, name, year, number in period_types() %}
    select
        calendar_date,
        is_business_day,
        '{{ period_type }}' as period_type,
        {{ start }} as period_start,
        {{ end }} as period_end,
        {{ name }} as period_name,
        {{ year }} as year_number,
        {{ number }} as number_in_year
    from calendar_dates
    {%- if not loop.last %}

    union all
    {%- endif %}
    {% endfor %}

),

-- What the ends of the calendar cut off is no period.
whole as (

    select
        period_type,
        period_start,
        period_end,
        period_name,
        year_number,
        number_in_year,
        count(*) filter (where is_business_day) as business_days
    from named
    group by 1, 2, 3, 4, 5, 6
    having count(*) = period_end - period_start

),

numbered as (

    select
        *,
        row_number() over (partition by period_type order by period_start) as period_number,
        lag(period_start) over (partition by period_type order by period_start) as prior_period_start
    from whole

),

final as (

    select
        numbered.period_type,
        numbered.period_start,
        numbered.period_end,
        numbered.period_name,
        numbered.period_number,
        fiscal.fiscal_year,
        case
            when numbered.period_type in ('day', 'week', 'month', 'quarter') then fiscal.fiscal_quarter_start
        end as fiscal_quarter_start,
        fiscal.fiscal_year_start,
        numbered.prior_period_start,
        year_ago.period_start as prior_year_start,
        numbered.period_end - numbered.period_start as days,
        numbered.business_days,
        {{ run_id() }} as _run_id
    from numbered
    -- A week lies in the fiscal quarter and year of its fourth day, all else in those of its first.
    left join calendar_dates as fiscal
        on
            fiscal.calendar_date
            = numbered.period_start + case when numbered.period_type = 'week' then 3 else 0 end
    left join numbered as year_ago
        on
            year_ago.period_type = numbered.period_type
            and year_ago.year_number = numbered.year_number - 1
            and year_ago.number_in_year = numbered.number_in_year

)

select * from final
