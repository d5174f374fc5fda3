{# One row per currency and range in which its rate to the company's currency holds, of the rate type the company uses.
   A rate given the other way round only is inverted. #}
with

company as (

    select * from {{ ref('company') }}

),

rates as (

    {{ union_staging('exchange_rates', ['from_currency', 'to_currency', 'rate_type', 'valid_from', 'rate', 'is_deleted']) }}

),

usable as (

    select rates.from_currency, rates.valid_from, rates.rate, 1 as preference
    from rates
    inner join company on company.currency_code = rates.to_currency and company.rate_type = rates.rate_type
    where not rates.is_deleted and rates.rate > 0
    union all
    select rates.to_currency, rates.valid_from, {{ ratio(divide(1, 'rates.rate')) }}, 2
    from rates
    inner join company on company.currency_code = rates.from_currency and company.rate_type = rates.rate_type
    where not rates.is_deleted and rates.rate > 0

),

preferred as (

    select *
    from (
        select
            usable.*,
            row_number() over (partition by from_currency, valid_from order by preference, rate) as best_first
        from usable
        cross join company
        where usable.from_currency <> company.currency_code
    ) as numbered
    where best_first = 1

),

ranges as (

    select
        preferred.from_currency,
        company.currency_code as to_currency,
        company.rate_type,
        preferred.valid_from,
        lead(preferred.valid_from) over (
            partition by preferred.from_currency order by preferred.valid_from
        ) as valid_to,
        preferred.rate
    from preferred
    cross join company
    union all
    select currency_code, currency_code, rate_type, date '0001-01-01', cast(null as date), 1 from company

)

select
    from_currency,
    to_currency,
    rate_type,
    valid_from,
    valid_to,
    {{ ratio('rate') }} as rate,
    {{ run_id() }} as _run_id
from ranges
