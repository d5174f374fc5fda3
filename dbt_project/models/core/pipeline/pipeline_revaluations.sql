{# What a new exchange rate alone did to the balances it met: one row per scope, period (scope target), rep, currency
   and day on which the rate changed. Empty for a company with one currency. #}
with

rate_changes as (

    select
        currency_code,
        rate_date,
        rate - lag(rate) over (partition by currency_code order by rate_date) as rate_change
    from {{ ref('daily_rates') }}

),

real_changes as (

    select * from rate_changes where rate_change <> 0

),

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

holders as (

    select
        scope, period_type, period_start, rep_key, currency_code,
        min(day) as first_day
    from balance_changes
    group by 1, 2, 3, 4, 5

),

{# Rate changes and balance changes on one line; on one day the rate changes first. #}
line as (

    select scope, period_type, period_start, rep_key, currency_code, day, 1 as turn, change,
        cast(null as numeric) as rate_change
    from balance_changes
    union all
    select
        holders.scope, holders.period_type, holders.period_start, holders.rep_key, holders.currency_code,
        real_changes.rate_date, 0, 0, real_changes.rate_change
    from holders
    inner join real_changes
        on real_changes.currency_code = holders.currency_code
        and real_changes.rate_date > holders.first_day
        and real_changes.rate_date <= {{ as_of_date() }}

),

balances as (

    select
        line.*,
        sum(change) over (
            partition by scope, period_type, period_start, rep_key, currency_code
            order by day, turn
            rows unbounded preceding
        ) as balance
    from line

)

select
    scope,
    period_type,
    period_start,
    rep_key,
    currency_code,
    day as revaluation_date,
    {{ money('balance * rate_change') }} as amount,
    {{ run_id() }} as _run_id
from balances
where turn = 0 and balance <> 0
