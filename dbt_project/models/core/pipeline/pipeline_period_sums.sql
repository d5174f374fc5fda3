{# One row per scope, basis, period, rep and category: what moved, summed. Transfers leave one rep and reach another;
   all else is the owner's after the change. #}
with

steps as (

    select * from {{ ref('pipeline_steps') }}

),

net_steps as (

    select * from {{ ref('pipeline_net_steps') }}

),

periods as (

    select * from {{ ref('periods') }}

),

gross_rows as (

    select steps.scope, steps.period_type, steps.period_start, steps.change_date, moves.rep_key, moves.category,
        moves.amount
    from steps
    cross join lateral (
        values
        (rep_before, 'transferred_out', -transfer_value),
        (rep_after, 'transferred_in', transfer_value),
        (rep_after, entry_category, entry_value),
        (rep_after, case when change_value > 0 then 'increased' else 'decreased' end, change_value),
        (rep_after, exit_category, -exit_value)
    ) as moves (rep_key, category, amount)
    where moves.amount is not null

),

open_months as (

    select
        'month' as period_type,
        cast(date_trunc('month', change_date) as date) as period_start,
        rep_key, category, sum(amount) as amount, count(*) as deals
    from gross_rows
    where scope = 'open'
    group by 2, 3, 4

),

{# Gross movements of months add up to those of quarters and years. #}
open_periods as (

    select * from open_months
    union all
    select 'quarter', periods.fiscal_quarter_start, rep_key, category, sum(amount), sum(deals)
    from open_months
    inner join periods using (period_type, period_start)
    group by 2, 3, 4
    union all
    select 'year', periods.fiscal_year_start, rep_key, category, sum(amount), sum(deals)
    from open_months
    inner join periods using (period_type, period_start)
    group by 2, 3, 4

),

target_periods as (

    select period_type, period_start, rep_key, category, sum(amount) as amount, count(*) as deals
    from gross_rows
    where scope = 'target'
    group by period_type, period_start, rep_key, category

),

net_rows as (

    select net_steps.scope, net_steps.period_type, net_steps.period_start, moves.rep_key, moves.category, moves.amount
    from net_steps
    cross join lateral (
        values
        (from_rep, entry_category, from_value),
        (from_rep, case when from_rep <> to_rep then 'transferred_out' end, -from_value),
        (to_rep, case when from_rep <> to_rep then 'transferred_in' end, from_value),
        (
            to_rep,
            case when to_value > from_value then 'increased' when to_value < from_value then 'decreased' end,
            to_value - from_value
        ),
        (to_rep, exit_category, -to_value)
    ) as moves (rep_key, category, amount)
    where moves.category is not null

),

net_periods as (

    select scope, period_type, period_start, rep_key, category, sum(amount) as amount, count(*) as deals
    from net_rows
    group by scope, period_type, period_start, rep_key, category

),

together as (

    select 'open' as scope, 'gross' as basis, period_type, period_start, rep_key, category, amount, deals
    from open_periods
    union all
    select 'target', 'gross', period_type, period_start, rep_key, category, amount, deals from target_periods
    union all
    select scope, 'net', period_type, period_start, rep_key, category, amount, deals from net_periods

)

select
    together.*,
    {{ run_id() }} as _run_id
from together
