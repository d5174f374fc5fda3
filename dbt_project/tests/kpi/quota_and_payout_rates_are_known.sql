-- No quota is nothing and no payee unpaid because a rate is missing: lists the pairs and the days a rate is wanted for.
-- Add them to the exchange rates; until then nothing is published.

with

company as (

    select * from {{ ref('company') }}

),

quotas as (

    {{ union_staging('quotas', ['measure', 'currency_code', 'quota_amount', 'period_start', 'is_deleted']) }}

),

wanted as (

    select
        upper(quotas.currency_code) as currency_code,
        quotas.period_start as wanted_date
    from quotas
    {{ join_rate('rates', 'upper(quotas.currency_code)', 'quotas.period_start') }}
    where
        not quotas.is_deleted
        and quotas.measure in ({{ quoted(money_measures()) }})
        and quotas.currency_code is not null
        and {{ rate_of('rates', 'upper(quotas.currency_code)') }} is null

    union all

    select
        currency_code,
        credit_date as wanted_date
    from {{ ref('commission_earnings') }}
    where exchange_rate is null

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
