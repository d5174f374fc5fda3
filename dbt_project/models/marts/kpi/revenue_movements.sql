-- Recurring revenue of each customer by fiscal month: what stood, what moved, what stands.
-- A customer's balance is what runs on the month's last day (in the current month: on as_of's day), rounded to the cent
-- once, there; movements are differences of balances and therefore close to the cent.

with

subscriptions as (

    select * from {{ ref('subscriptions') }}
    where start_date <= {{ as_of_date() }} and (end_date is null or end_date > start_date)

),

accounts as (

    select * from {{ ref('accounts') }}

),

months as (

    select
        period_start,
        period_end,
        period_name,
        period_number
    from {{ ref('periods') }}
    where period_type = 'month' and period_start <= {{ as_of_date() }}

),

bounds as (

    select
        min(period_start) as first_day,
        min(period_number) as first_number,
        max(period_number) as last_number
    from months

),

days as (

    select
        calendar_date,
        period_number
    from {{ ref('period_days') }}
    where period_type = 'month'

),

steps as (

    -- What began before the calendar stood already when it began.
    select
        subscriptions.account_key,
        coalesce(days.period_number, bounds.first_number - 1) as month_number,
        subscriptions.monthly_amount as amount
    from subscriptions
    cross join bounds
    left join days on days.calendar_date = subscriptions.start_date

    union all

    select
        subscriptions.account_key,
        coalesce(days.period_number, bounds.first_number - 1) as month_number,
        - subscriptions.monthly_amount as amount
    from subscriptions
    cross join bounds
    left join days on days.calendar_date = subscriptions.end_date
    where subscriptions.end_date <= {{ as_of_date() }}

),

changes as (

    select
        account_key,
        month_number,
        sum(amount) as amount
    from steps
    group by account_key, month_number

),

balances as (

    select
        account_key,
        month_number,
        lead(month_number) over (partition by account_key order by month_number) as next_number,
        round(sum(amount) over (
            partition by account_key
            order by month_number
            rows unbounded preceding
        ), 2) as balance
    from changes

),

stays as (

    select
        *,
        coalesce(lag(balance) over (partition by account_key order by month_number), 0) as balance_before,
        max(balance) over (
            partition by account_key
            order by month_number
            rows between unbounded preceding and 1 preceding
        ) as highest_before
    from balances

),

laid_out as (

    -- Each balance in the month it came about, and in those after it as long as something stands.
    select
        stays.account_key,
        months.period_start,
        months.period_end,
        months.period_name,
        case when months.period_number = stays.month_number then stays.balance_before else stays.balance end as opening,
        stays.balance as closing,
        coalesce(stays.highest_before, 0) > 0 as has_paid_before
    from stays
    cross join bounds
    inner join months
        on
            months.period_number >= stays.month_number
            and months.period_number < coalesce(stays.next_number, bounds.last_number + 1)
            and (months.period_number = stays.month_number or stays.balance <> 0)

),

final as (

    select
        laid_out.account_key,
        coalesce(accounts.account_name, 'unknown') as account_name,
        coalesce(accounts.segment, 'unknown') as segment,
        laid_out.period_start as month_start,
        laid_out.period_end as month_end,
        laid_out.period_name as month_name,
        case
            when laid_out.opening = laid_out.closing then 'none'
            when laid_out.opening = 0 and not laid_out.has_paid_before then 'new'
            when laid_out.opening = 0 then 'reactivation'
            when laid_out.closing = 0 then 'churn'
            when laid_out.closing > laid_out.opening then 'expansion'
            else 'contraction'
        end as movement,
        laid_out.opening,
        laid_out.closing
    from laid_out
    left join accounts on accounts.account_key = laid_out.account_key
    where laid_out.opening <> 0 or laid_out.closing <> 0

)

select
    account_key,
    account_name,
    segment,
    month_start,
    month_end,
    month_name,
    movement,
    {{ money('opening') }} as opening_mrr,
    {{ money("case when movement = 'new' then closing else 0 end") }} as new_mrr,
    {{ money("case when movement = 'expansion' then closing - opening else 0 end") }} as expansion_mrr,
    {{ money("case when movement = 'contraction' then opening - closing else 0 end") }} as contraction_mrr,
    {{ money("case when movement = 'churn' then opening else 0 end") }} as churn_mrr,
    {{ money("case when movement = 'reactivation' then closing else 0 end") }} as reactivation_mrr,
    {{ money('closing') }} as closing_mrr,
    {{ run_id() }} as _run_id
from final
