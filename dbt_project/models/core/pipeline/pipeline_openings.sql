{# One row per scope, period and rep: what stood as the period began, and what rates alone changed within it.
   Scope open: movements and revaluations run up from the first deal on. Scope target: the states that held then. #}
with

sums as (

    select * from {{ ref('pipeline_period_sums') }}

),

periods as (

    select * from {{ ref('periods') }}
    where period_start <= {{ as_of_date() }} and period_type in ('month', 'quarter', 'year')

),

revaluations as (

    select * from {{ ref('pipeline_revaluations') }}

),

months as (

    select
        rep_key,
        period_start as month_start,
        sum(amount) as amount,
        sum(case
            when category in ('created', 'reopened', 'restored', 'transferred_in') then deals
            when category in ('won', 'lost', 'deleted', 'transferred_out') then -deals
            else 0
        end) as deals
    from sums
    where scope = 'open' and basis = 'gross' and period_type = 'month'
    group by rep_key, period_start

),

{# A rate that changes on a period's first day is in that period's opening: within it nothing is revalued. #}
revalued_days as (

    select rep_key, revaluation_date, sum(amount) as amount
    from revaluations
    where scope = 'open'
    group by rep_key, revaluation_date

),

first_months as (

    select rep_key, min(month_start) as first_month
    from months
    group by rep_key

),

grid as (

    select
        first_months.rep_key,
        periods.period_type,
        periods.period_start,
        periods.period_end
    from first_months
    inner join periods on periods.period_end > first_months.first_month

),

running as (

    select
        rep_key,
        period_type,
        period_start,
        sum(change) over up_to as amount,
        sum(deals) over up_to as deals,
        is_period
    from (
        select grid.rep_key, grid.period_type, grid.period_start, 0 as change, 0 as deals, true as is_period, 1 as turn
        from grid
        union all
        select months.rep_key, period_type, months.month_start, months.amount, months.deals, false, 2
        from months
        cross join (select distinct period_type from periods) as types
        union all
        select revalued_days.rep_key, period_type, revalued_days.revaluation_date, revalued_days.amount, 0, false, 0
        from revalued_days
        cross join (select distinct period_type from periods) as types
    ) as line
    window up_to as (
        partition by rep_key, period_type order by period_start, turn rows unbounded preceding
    )

),

open_revalued as (

    select revalued_days.rep_key, periods.period_type, periods.period_start, sum(revalued_days.amount) as amount
    from revalued_days
    inner join periods
        on revalued_days.revaluation_date > periods.period_start
        and revalued_days.revaluation_date < periods.period_end
    group by 1, 2, 3

),

open_scope as (

    select
        'open' as scope,
        running.period_type,
        running.period_start,
        running.rep_key,
        running.amount as opening_amount,
        running.deals as opening_deals,
        coalesce(open_revalued.amount, 0) as revalued_amount
    from running
    left join open_revalued
        on open_revalued.rep_key = running.rep_key
        and open_revalued.period_type = running.period_type
        and open_revalued.period_start = running.period_start
    where running.is_period

),

target_openings as (

    select
        states.period_type,
        states.period_start,
        states.rep_key,
        sum({{ converted('states.amount_local', 'rates', 'states.currency_code') }}) as opening_amount,
        count(*) as opening_deals
    from {{ ref('pipeline_target_states') }} as states
    {{ join_rate('rates', 'states.currency_code', 'states.period_start') }}
    where states.is_opening
    group by 1, 2, 3

),

target_revalued as (

    select period_type, period_start, rep_key, sum(amount) as revalued_amount
    from revaluations
    where scope = 'target' and revaluation_date > period_start
    group by 1, 2, 3

),

target_scope as (

    select
        'target' as scope,
        period_type,
        period_start,
        rep_key,
        coalesce(target_openings.opening_amount, 0) as opening_amount,
        coalesce(target_openings.opening_deals, 0) as opening_deals,
        coalesce(target_revalued.revalued_amount, 0) as revalued_amount
    from target_openings
    full outer join target_revalued using (period_type, period_start, rep_key)

)

select open_scope.*, {{ run_id() }} as _run_id from open_scope
union all
select target_scope.*, {{ run_id() }} as _run_id from target_scope
