{# One row: the company's settings, typed, with the defaults of a company that says nothing. #}
with

settings as (

    select * from {{ ref('stg_company__settings') }}

),

company as (

    select
        coalesce(max(value) filter (where setting = 'name'), 'company') as company_name,
        coalesce(max(value) filter (where setting = 'time_zone'), 'UTC') as time_zone,
        coalesce(max(value) filter (where setting = 'currency'), 'USD') as currency_code,
        coalesce(max(value) filter (where setting = 'rates'), 'plan') as rate_type,
        cast(
            coalesce(max(value) filter (where setting = 'fiscal_year_start_month'), '1') as integer
        ) as fiscal_year_start_month,
        coalesce(max(value) filter (where setting = 'fiscal_calendar'), 'months') as fiscal_calendar,
        case coalesce(max(value) filter (where setting = 'week_start'), 'monday')
            {% for day in weekdays() -%}
            when '{{ day | lower }}' then {{ loop.index }}
            {% endfor -%}
        end as week_start_day,
        coalesce(max(value) filter (where setting = 'fiscal_year_end'), 'nearest') as fiscal_year_end_rule,
        coalesce(max(value) filter (where setting = 'fiscal_year_named_after'), 'end') as fiscal_year_named_after,
        {% for name, at in [('start', 1), ('end', 7)] -%}
        {%- set hours = "coalesce(max(value) filter (where setting = 'working_hours'), '09:00-17:00')" -%}
        cast(substring({{ hours }}, {{ at }}, 2) as integer) * 3600
        + cast(substring({{ hours }}, {{ at + 3 }}, 2) as integer) * 60 as business_day_{{ name }}_second,
        {% endfor -%}
        cast(
            coalesce(max(value) filter (where setting = 'lead_response_hours'), '1') as numeric(12, 4)
        ) as lead_response_hours,
        cast(coalesce(max(value) filter (where setting = 'minimum_cases'), '5') as integer) as minimum_cases,
        {{ run_id() }} as _run_id
    from settings

)

select * from company
