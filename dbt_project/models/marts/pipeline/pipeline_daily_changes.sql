{{ config(meta={'publish': {'key': ['rep_key', 'stage', 'segment', 'change_date'], 'touched_by': none}}) }}

{# A state that lasts no whole day leaves no trace: days are told by how they ended. #}
with

changes as (

    select * from {{ ref('opportunity_changes') }}
    where is_open and (end_date is null or end_date > change_date)

),

segments as (

    {{ deal_segments() }}

),

states as (

    select
        changes.rep_key,
        changes.stage,
        changes.stage_order,
        segments.segment,
        changes.currency_code,
        coalesce(changes.amount_local, 0) as amount_local,
        case when changes.amount_local is null then 1 else 0 end as without_amount,
        changes.change_date,
        changes.end_date
    from changes
    inner join segments on segments.opportunity_key = changes.opportunity_key

),

{# The same deals at the day they come and the day they go: each at that day's rate. #}
steps as (

    select rep_key, stage, stage_order, segment, currency_code, change_date as day, 1 as deals, without_amount,
        amount_local
    from states
    union all
    select rep_key, stage, stage_order, segment, currency_code, end_date, -1, -without_amount, -amount_local
    from states
    where end_date is not null

),

foreign_changes as (

    select rep_key, stage, stage_order, segment, currency_code, day, sum(amount_local) as change
    from steps
    where currency_code <> (select company.currency_code from {{ ref('company') }} as company)
    group by 1, 2, 3, 4, 5, 6

),

revaluations as (

    {{ revaluations_of('foreign_changes', ['rep_key', 'stage', 'stage_order', 'segment']) }}

),

together as (

    select
        steps.rep_key, steps.stage, steps.stage_order, steps.segment, steps.day, steps.deals, steps.without_amount,
        {{ converted('steps.amount_local', 'rates', 'steps.currency_code') }} as amount
    from steps
    {{ join_rate('rates', 'steps.currency_code', 'steps.day') }}
    union all
    select rep_key, stage, stage_order, segment, revaluation_date, 0, 0, amount
    from revaluations

),

by_day as (

    select
        rep_key,
        stage,
        segment,
        day as change_date,
        min(stage_order) as stage_order,
        sum(deals) as deals_change,
        sum(without_amount) as deals_without_amount_change,
        sum(amount) as amount_change
    from together
    group by 1, 2, 3, 4

),

final as (

    select
        rep_key,
        stage,
        segment,
        change_date,
        cast(stage_order as integer) as stage_order,
        cast(deals_change as bigint) as deals_change,
        cast(deals_without_amount_change as bigint) as deals_without_amount_change,
        {{ money('amount_change') }} as amount_change,
        {{ run_id() }} as _run_id
    from by_day
    where deals_change <> 0 or deals_without_amount_change <> 0 or amount_change <> 0

)

select * from final
