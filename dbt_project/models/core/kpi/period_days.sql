-- Which period of each type a day belongs to: facts join by day, with equality, instead of by range.

{{ config(indexes=[{'columns': ['calendar_date', 'period_type'], 'unique': true}]) }}

with

periods as (

    select * from {{ ref('periods') }}

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

by_type as (

    {% for period_type, start, _, _, _, _ in period_types() %}
    select calendar_date, '{{ period_type }}' as period_type, {{ start }} as period_start from calendar_dates
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}

),

period_days as (

    select
        by_type.calendar_date,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        periods.period_name,
        periods.period_number
    from by_type
    inner join periods
        on periods.period_type = by_type.period_type and periods.period_start = by_type.period_start

)

select * from period_days
