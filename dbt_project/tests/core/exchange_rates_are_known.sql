{# No amount is worth nothing because a rate is missing: lists the currency pairs, and the days from and to which a rate
   is wanted. Add them to the exchange rates; until then nothing is published. #}
with

company as (

    select * from {{ ref('company') }}

),

wanted as (

    select currency_code, close_date as wanted_date
    from {{ ref('opportunities') }}
    where amount_local is not null and amount is null and not is_deleted
    union all
    select currency_before, change_date from {{ ref('pipeline_transitions') }}
    where currency_before is not null and value_before is null
    union all
    select currency_after, change_date from {{ ref('pipeline_transitions') }}
    where value_after is null

),

validation_errors as (

    select
        wanted.currency_code as from_currency,
        company.currency_code as to_currency,
        min(wanted.wanted_date) as first_date,
        max(wanted.wanted_date) as last_date,
        count(*) as wanted_records
    from wanted
    cross join company
    group by wanted.currency_code, company.currency_code

)

select * from validation_errors
