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

    select scope, period_type, period_start, change_date, rep_before as rep_key, 'transferred_out' as category,
        -transfer_value as amount
    from steps where transfer_value is not null
    union all
    select scope, period_type, period_start, change_date, rep_after, 'transferred_in', transfer_value
    from steps where transfer_value is not null
    union all
    select scope, period_type, period_start, change_date, rep_after, entry_category, entry_value
    from steps where entry_category is not null
    union all
    select scope, period_type, period_start, change_date, rep_after,
        case when change_value > 0 then 'increased' else 'decreased' end, change_value
    from steps where change_value is not null
    union all
    select scope, period_type, period_start, change_date, rep_after, exit_category, -exit_value
    from steps where exit_category is not null

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

    select scope, period_type, period_start, from_rep as rep_key, entry_category as category, from_value as amount
    from net_steps where entry_category is not null
    union all
    select scope, period_type, period_start, from_rep, 'transferred_out', -from_value
    from net_steps where from_rep <> to_rep
    union all
    select scope, period_type, period_start, to_rep, 'transferred_in', from_value
    from net_steps where from_rep <> to_rep
    union all
    select scope, period_type, period_start, to_rep,
        case when to_value > from_value then 'increased' else 'decreased' end, to_value - from_value
    from net_steps where to_value <> from_value
    union all
    select scope, period_type, period_start, to_rep, exit_category, -to_value
    from net_steps where exit_category is not null

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
