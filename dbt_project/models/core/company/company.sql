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
        cast(coalesce(max(value) filter (where setting = 'minimum_cases'), '5') as integer) as minimum_cases,
        {{ run_id() }} as _run_id
    from settings

)

select * from company
