{# What a new exchange rate alone did to the balances it met: one row per scope, period (scope target), rep, currency
   and day on which the rate changed. Empty for a company with one currency. #}
with

open_states as (

    select 'open' as scope, 'any' as period_type, cast(null as date) as period_start, rep_key, currency_code,
        coalesce(amount_local, 0) as amount_local, change_date as from_date, end_date as to_date
    from {{ ref('opportunity_changes') }}
    where is_open and currency_code <> (select currency_code from {{ ref('company') }})
    union all
    select 'target', period_type, period_start, rep_key, currency_code, amount_local, from_date, to_date
    from {{ ref('pipeline_target_states') }}
    where currency_code <> (select currency_code from {{ ref('company') }})

),

balance_changes as (

    select scope, period_type, period_start, rep_key, currency_code, from_date as day, sum(amount_local) as change
    from open_states
    group by 1, 2, 3, 4, 5, 6
    union all
    select scope, period_type, period_start, rep_key, currency_code, to_date, -sum(amount_local)
    from open_states
    where to_date is not null
    group by 1, 2, 3, 4, 5, 6

),

revaluations as (

    {{ revaluations_of('balance_changes', ['scope', 'period_type', 'period_start', 'rep_key']) }}

)

select
    revaluations.*,
    {{ run_id() }} as _run_id
from revaluations
