{{ config(indexes=[{'columns': ['calendar_date']}]) }}

-- The months, quarters and years a day lies in, fiscal and of the calendar, each span of days once: where the fiscal
-- year is the calendar's, a fiscal month and its calendar twin are one span and are summed up once.
with

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(long_period_types()) }})

),

final as (

    select distinct calendar_date, period_start, period_end
    from period_days

)

select * from final
