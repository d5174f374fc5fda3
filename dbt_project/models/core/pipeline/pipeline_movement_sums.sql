{{ config(
    materialized='incremental', incremental_strategy='accumulated',
    unique_key=[
        'change_date', 'rep_key', 'basis', 'scope', 'period_start', 'period_end', 'team', 'segment', 'category',
        'balance_currency'
    ],
    meta={'sums': ['deals', 'amount', 'local_amount', 'exact_amount']},
    indexes=[{'columns': ['change_date', 'rep_key']}],
    pre_hook="{{ work_memory('192MB') }}",
    post_hook="{{ empty_log_of_touched(ref('pipeline_transitions')) }}"
) }}

{# What moved, summed once for all periods. Basis gross: by day of the change, in scope open with the day for a period.
   Basis net: one path per deal and span of days, dated at its start; a deal's only change in a span is its path, so
   paths are walked only where there are several. Basis opening: what is due in a span as it begins, in the deals' own
   currency, to be priced at that day's rate. #}
with

transitions as (

    {{ to_accumulate(ref('pipeline_transitions')) }}

),

spans as (

    select * from {{ ref('period_spans') }}

),

gross_scopes as (

    select
        transitions.*,
        change_date as period_start,
        change_date + 1 as period_end,
        true as is_due_before,
        true as is_due_after,
        cast(null as boolean) as is_one_of_several,
        'open' as scope
    from transitions
    union all
    select spanned.*, 'target'
    from (
        {{ in_spans('transitions', 'spans') }}
    ) as spanned
    where is_due_before or is_due_after

),

gross_steps as (

    {{ movement_steps('gross_scopes') }}

),

told as (

    {{ told_steps('gross_steps') }}

),

pieces as (

    {{ movement_pieces('told') }}

),

gross_sums as (

    select
        'gross' as basis, scope, period_start, period_end, change_date, rep_key, team, segment, category,
        balance_currency,
        sum(direction * deals) as deals,
        coalesce(sum(direction * amount), 0) as amount,
        coalesce(sum(direction * local_amount), 0) as local_amount,
        coalesce(sum(direction * exact_amount), 0) as exact_amount
    from pieces
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10

),

{# What the deal was before the first change of the span: not there yet, deleted, closed, or open with which date. #}
accompanied as (

    select
        spanned.*,
        first_value(
            case
                when is_birth then 'created'
                when was_deleted then 'restored'
                when not was_open then 'reopened'
                when close_date_before < period_start then 'pushed_in'
                else 'pulled_in'
            end
        ) over (
            partition by opportunity_key, write_number, direction, period_start, period_end order by step_number
        ) as entry_by_start
    from (
        {{ in_spans('transitions', 'spans') }}
    ) as spanned
    where is_one_of_several

),

several_scopes as (

    select
        accompanied.opportunity_key, write_number, direction, step_number, segment, rep_before, rep_after, team_before,
        team_after, close_date_before, close_date_after, was_open, is_open, was_deleted, is_deleted, outcome_before,
        outcome_after, is_birth, value_before, value_after, period_start, period_end, entry_by_start,
        scopes.scope,
        scopes.scope = 'open' or is_due_before as is_due_before,
        scopes.scope = 'open' or is_due_after as is_due_after
    from accompanied
    inner join (select 'open' as scope union all select 'target') as scopes
        on scopes.scope = 'open' or is_due_before or is_due_after

),

several_steps as (

    {{ movement_steps('several_scopes') }}

),

{# Where the path begins and ends, and the last entry and exit. In scope target the first change may be one that does
   not touch the scope: the deal is then out of it. #}
numbered as (

    select
        several_steps.*,
        min(step_number) over path as first_step,
        max(step_number) over path as last_step,
        max(case when entry_category is not null then step_number end) over path as entry_step,
        max(case when exit_category is not null then step_number end) over path as exit_step
    from several_steps
    window path as (partition by opportunity_key, write_number, direction, period_start, period_end, scope)

),

ends as (

    select
        direction,
        scope,
        period_start,
        period_end,
        segment,
        max(case when step_number = first_step and was_in_scope then 1 else 0 end) = 1 as starts_in_scope,
        max(case when step_number = first_step then rep_before end) as start_rep,
        max(case when step_number = first_step then team_before end) as start_team,
        max(case when step_number = first_step then value_before end) as start_value,
        max(entry_by_start) as entry_by_start,
        max(case when step_number = entry_step then entry_category end) as entry_category,
        max(case when step_number = entry_step then rep_after end) as entry_rep,
        max(case when step_number = entry_step then team_after end) as entry_team,
        max(case when step_number = entry_step then entry_value end) as entry_value,
        max(case when step_number = exit_step then exit_category end) as exit_category,
        max(case when step_number = exit_step then rep_after end) as exit_rep,
        max(case when step_number = exit_step then team_after end) as exit_team,
        max(case when step_number = exit_step then exit_value end) as exit_value,
        max(case when step_number = last_step and is_in_scope then 1 else 0 end) = 1 as ends_in_scope,
        max(case when step_number = last_step then rep_after end) as last_rep,
        max(case when step_number = last_step then team_after end) as last_team,
        max(case when step_number = last_step then value_after end) as last_value
    from numbered
    group by opportunity_key, write_number, direction, period_start, period_end, scope, segment

),

walked as (

    select
        direction,
        scope,
        period_start,
        period_end,
        segment,
        case when starts_in_scope then start_rep else entry_rep end as from_rep,
        case when starts_in_scope then start_team else entry_team end as from_team,
        case when starts_in_scope then start_value else entry_value end as from_value,
        case when ends_in_scope then last_rep else exit_rep end as to_rep,
        case when ends_in_scope then last_team else exit_team end as to_team,
        case when ends_in_scope then last_value else exit_value end as to_value,
        case
            when starts_in_scope then null
            when entry_category in ('pulled_in', 'pushed_in') then entry_category
            else entry_by_start
        end as entry_category,
        case when not ends_in_scope then exit_category end as exit_category
    from ends
    where starts_in_scope or ends_in_scope or exit_category in ('won', 'lost')

),

net_pieces as (

    select direction, scope, period_start, period_end, segment, from_rep as rep_key, from_team as team,
        entry_category as category, from_value as amount
    from walked
    where entry_category is not null
    union all
    select direction, scope, period_start, period_end, segment, from_rep, from_team, 'transferred_out', -from_value
    from walked
    where from_rep <> to_rep or from_team <> to_team
    union all
    select direction, scope, period_start, period_end, segment, to_rep, to_team, 'transferred_in', from_value
    from walked
    where from_rep <> to_rep or from_team <> to_team
    union all
    select direction, scope, period_start, period_end, segment, to_rep, to_team,
        case when to_value > from_value then 'increased' else 'decreased' end, to_value - from_value
    from walked
    where to_value <> from_value
    union all
    select direction, scope, period_start, period_end, segment, to_rep, to_team, exit_category, -to_value
    from walked
    where exit_category is not null
    union all
    select direction, scope, period_start, period_end, segment, rep_key, team, category, amount
    from pieces
    where scope = 'target' and not is_one_of_several and deals > 0
    union all
    select pieces.direction, 'open', spans.period_start, spans.period_end, pieces.segment, pieces.rep_key, pieces.team,
        pieces.category, pieces.amount
    from pieces
    inner join spans
        on spans.calendar_date = pieces.change_date
        and (pieces.previous_date is null or pieces.previous_date < spans.period_start)
        and (pieces.next_date is null or pieces.next_date >= spans.period_end)
    where pieces.scope = 'open' and pieces.deals > 0

),

net_sums as (

    select
        'net' as basis, scope, period_start, period_end, period_start as change_date, rep_key, team, segment, category,
        '' as balance_currency,
        sum(direction) as deals,
        coalesce(sum(direction * amount), 0) as amount,
        0 as local_amount,
        0 as exact_amount
    from net_pieces
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9

),

opening_sums as (

    select
        'opening' as basis, 'target' as scope, spans.period_start, spans.period_end, spans.period_start as change_date,
        transitions.rep_after as rep_key, transitions.team_after as team, transitions.segment, 'opening' as category,
        transitions.currency_after as balance_currency,
        sum(transitions.direction) as deals,
        0 as amount,
        coalesce(sum(transitions.direction * transitions.local_after), 0) as local_amount,
        0 as exact_amount
    from transitions
    inner join spans
        on spans.calendar_date = transitions.close_date_after
        and transitions.change_date < spans.period_start
        and (transitions.next_date is null or transitions.next_date >= spans.period_start)
    where transitions.is_open
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10

),

sums as (

    select * from gross_sums
    union all
    select * from net_sums
    union all
    select * from opening_sums

),

final as (

    select
        basis,
        scope,
        period_start,
        period_end,
        change_date,
        rep_key,
        team,
        segment,
        category,
        balance_currency,
        cast(deals as bigint) as deals,
        {{ money('amount') }} as amount,
        {{ money('local_amount') }} as local_amount,
        cast(exact_amount as numeric(38, 15)) as exact_amount,
        {{ run_id() }} as _run_id
    from sums
    where deals <> 0 or amount <> 0 or local_amount <> 0 or exact_amount <> 0
)

select * from final
