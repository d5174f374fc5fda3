{# Where the waterfalls start, and what rates alone did to them on the way.

   Scope open: movements, and what rates changed on foreign balances, run up from the first deal on, from one beginning
   of a span to the next. Scope target: what was due in the span as it began. Rates change a balance by what it is worth
   at the end less what it was worth at the start less what moved, each unrounded, so that it is 0 when no rate changed.
   A rate that changes on the first day of a period is in that period's opening: within it nothing is revalued. #}
with

sums as (

    select * from {{ ref('pipeline_movement_sums') }}
    where deals <> 0 or amount <> 0 or local_amount <> 0

),

spans as (

    select * from {{ ref('period_spans') }}

),

own as (

    select currency_code from {{ ref('company') }}

),

{# The stretches between beginnings of spans: every span is made of whole ones. #}
stretches as (

    select
        stretch_start,
        stretch_end,
        least(stretch_end - 1, {{ as_of_date() }}) as last_day
    from (
        select stretch_start, lead(stretch_start) over (order by stretch_start) as stretch_end
        from (select distinct period_start as stretch_start from spans) as starts
    ) as each_stretch
    where stretch_start <= {{ as_of_date() }} and stretch_end is not null

),

days as (

    select calendar_dates.calendar_date, stretches.stretch_start
    from {{ ref('calendar_dates') }} as calendar_dates
    inner join stretches
        on calendar_dates.calendar_date >= stretches.stretch_start
        and calendar_dates.calendar_date < stretches.stretch_end

),

moved as (

    select
        sums.rep_key,
        sums.team,
        sums.segment,
        sums.balance_currency,
        days.stretch_start,
        sum(sums.amount) as amount,
        sum(sums.local_amount) as local_amount,
        sum(sums.exact_amount) as exact_amount,
        sum({{ deals_change('sums') }}) as deals
    from sums
    inner join days on days.calendar_date = sums.change_date
    where sums.basis = 'gross' and sums.scope = 'open'
    group by 1, 2, 3, 4, 5

),

foreign_moved as (

    select moved.*
    from moved
    inner join own on own.currency_code <> moved.balance_currency

),

foreign_running as (

    select
        holders.rep_key,
        holders.team,
        holders.segment,
        holders.balance_currency,
        stretches.stretch_start,
        stretches.last_day,
        coalesce(foreign_moved.exact_amount, 0) as exact_amount,
        sum(coalesce(foreign_moved.local_amount, 0)) over so_far - coalesce(foreign_moved.local_amount, 0)
            as local_start,
        sum(coalesce(foreign_moved.local_amount, 0)) over so_far as local_end
    from (
        select rep_key, team, segment, balance_currency, min(stretch_start) as first_start
        from foreign_moved
        group by 1, 2, 3, 4
    ) as holders
    inner join stretches on stretches.stretch_start >= holders.first_start
    left join foreign_moved
        on foreign_moved.rep_key = holders.rep_key
        and foreign_moved.team = holders.team
        and foreign_moved.segment = holders.segment
        and foreign_moved.balance_currency = holders.balance_currency
        and foreign_moved.stretch_start = stretches.stretch_start
    window so_far as (
        partition by holders.rep_key, holders.team, holders.segment, holders.balance_currency
        order by stretches.stretch_start
        rows unbounded preceding
    )

),

{# Within the stretch, and on the morning it begins. #}
revalued as (

    select
        balances.rep_key,
        balances.team,
        balances.segment,
        balances.stretch_start,
        sum({{ money(
            worth('balances.local_end', 'at_end.rate') ~ ' - ' ~ worth('balances.local_start', 'at_start.rate')
            ~ ' - balances.exact_amount'
        ) }}) as within_amount,
        sum({{ money(
            worth('balances.local_start', 'at_start.rate') ~ ' - ' ~ worth('balances.local_start', 'the_day_before.rate')
        ) }}) as morning_amount
    from foreign_running as balances
    {{ join_rate('at_start', 'balances.balance_currency', 'balances.stretch_start') }}
    {{ join_rate('at_end', 'balances.balance_currency', 'balances.last_day') }}
    {{ join_rate('the_day_before', 'balances.balance_currency', 'balances.stretch_start - 1') }}
    group by 1, 2, 3, 4

),

changes as (

    select
        rep_key, team, segment, stretch_start,
        sum(amount) as amount,
        sum(deals) as deals,
        sum(within_amount) as within_amount,
        sum(morning_amount) as morning_amount
    from (
        select rep_key, team, segment, stretch_start, amount, deals, 0 as within_amount, 0 as morning_amount from moved
        union all
        select rep_key, team, segment, stretch_start, 0, 0, within_amount, morning_amount from revalued
    ) as each_change
    group by 1, 2, 3, 4

),

holders as (

    select rep_key, team, segment, min(stretch_start) as first_start
    from changes
    group by 1, 2, 3

),

running as (

    select
        holders.rep_key,
        holders.team,
        holders.segment,
        stretches.stretch_start,
        coalesce(changes.within_amount, 0) as within_amount,
        coalesce(changes.morning_amount, 0) as morning_amount,
        coalesce(
            sum(coalesce(changes.amount, 0) + coalesce(changes.within_amount, 0) + coalesce(changes.morning_amount, 0))
                over before_it,
            0
        ) + coalesce(changes.morning_amount, 0) as opening_amount,
        coalesce(sum(changes.deals) over before_it, 0) as opening_deals
    from holders
    inner join stretches on stretches.stretch_start >= holders.first_start
    left join changes
        on changes.rep_key = holders.rep_key
        and changes.team = holders.team
        and changes.segment = holders.segment
        and changes.stretch_start = stretches.stretch_start
    window before_it as (
        partition by holders.rep_key, holders.team, holders.segment order by stretches.stretch_start
        rows between unbounded preceding and 1 preceding
    )

),

open_scope as (

    select
        'open' as scope,
        spans.period_start,
        spans.period_end,
        running.rep_key,
        running.team,
        running.segment,
        sum(case when running.stretch_start = spans.period_start then running.opening_amount else 0 end)
            as opening_amount,
        sum(case when running.stretch_start = spans.period_start then running.opening_deals else 0 end)
            as opening_deals,
        sum(
            running.within_amount
            + case when running.stretch_start = spans.period_start then 0 else running.morning_amount end
        ) as revalued_amount
    from running
    inner join spans on spans.calendar_date = running.stretch_start
    group by 2, 3, 4, 5, 6

),

due as (

    select
        sums.period_start,
        sums.period_end,
        sums.rep_key,
        sums.team,
        sums.segment,
        sums.balance_currency,
        own.currency_code is not null as is_own_currency,
        sum(case when sums.basis = 'opening' then sums.local_amount else 0 end) as local_start,
        sum(case when sums.basis = 'opening' then sums.deals else 0 end) as opening_deals,
        sum(sums.local_amount) as local_end,
        sum(sums.exact_amount) as exact_amount
    from sums
    left join own on own.currency_code = sums.balance_currency
    where sums.scope = 'target' and sums.basis in ('opening', 'gross') and sums.period_start <= {{ as_of_date() }}
    group by 1, 2, 3, 4, 5, 6, 7

),

target_scope as (

    select
        'target' as scope,
        due.period_start,
        due.period_end,
        due.rep_key,
        due.team,
        due.segment,
        sum({{ money(
            'case when due.is_own_currency then due.local_start else ' ~ worth('due.local_start', 'at_start.rate') ~ ' end'
        ) }}) as opening_amount,
        sum(due.opening_deals) as opening_deals,
        sum({{ money(
            'case when due.is_own_currency then 0 else ' ~ worth('due.local_end', 'at_end.rate') ~ ' - '
            ~ worth('due.local_start', 'at_start.rate') ~ ' - due.exact_amount end'
        ) }}) as revalued_amount
    from due
    {{ join_rate('at_start', 'due.balance_currency', 'due.period_start') }}
    {{ join_rate('at_end', 'due.balance_currency', 'least(due.period_end - 1, ' ~ as_of_date() ~ ')') }}
    group by 2, 3, 4, 5, 6

),

together as (

    select * from open_scope
    union all
    select * from target_scope

)

select
    together.*,
    {{ run_id() }} as _run_id
from together
