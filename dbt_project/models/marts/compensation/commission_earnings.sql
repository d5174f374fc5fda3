-- Each credit's commission, one line per tier it touches. docs/commission.md holds the definition.

with

commission_measures as (

    select * from {{ ref('commission_measures') }}
    where quota_amount > 0

),

plans as (

    select * from {{ ref('plans') }}
    where rate_mode = 'marginal'

),

tiers as (

    -- The first tier takes a measure below zero too: a reversal before its deal is no other case than one after it.
    select
        *,
        attainment_from <= 0 and tier_rank = 1 as is_open_below
    from (
        select
            plans.*,
            row_number() over (
                partition by plan_key, component, effective_from order by attainment_from, tier
            ) as tier_rank
        from plans
    ) as ranked

),

reps as (

    select * from {{ ref('reps') }}

),

company as (

    select * from {{ ref('company') }}

),

payout as (

    select
        reps.rep_key,
        upper(coalesce(reps.currency_code, company.currency_code)) as currency_code
    from reps
    cross join company

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type = 'month'

),

bounded as (

    select
        commission_measures.*,
        tiers.tier,
        tiers.attainment_from as tier_from,
        tiers.attainment_to as tier_to,
        tiers.rate,
        case
            when not tiers.is_open_below
                then {{ money('commission_measures.quota_amount * tiers.attainment_from') }}
        end as tier_floor,
        {{ money('commission_measures.quota_amount * tiers.attainment_to') }} as tier_ceiling
    from commission_measures
    inner join tiers
        on
            tiers.plan_key = commission_measures.plan_key
            and tiers.component = commission_measures.component
            and tiers.effective_from = commission_measures.plan_version_from

),

cut as (

    select
        *,
        {{ money(
            within_tier('measure_after', 'tier_floor', 'tier_ceiling')
            ~ ' - ' ~ within_tier('measure_before', 'tier_floor', 'tier_ceiling')
        ) }} as amount_in_tier
    from bounded

),

priced as (

    select
        cut.*,
        period_days.period_start,
        period_days.period_name,
        payout.currency_code,
        {{ rate_of('rates', 'payout.currency_code') }} as exchange_rate
    from cut
    inner join payout on payout.rep_key = cut.rep_key
    inner join period_days on period_days.calendar_date = cut.credit_date
    {{ join_rate('rates', 'payout.currency_code', 'cut.credit_date') }}
    where cut.amount_in_tier <> 0

),

final as (

    select
        md5(measure_key || '|' || tier) as earning_key,
        measure_key,
        credit_key,
        opportunity_key,
        order_key,
        rep_key,
        rep_name,
        plan_key,
        plan_id,
        plan_name,
        component,
        plan_version_from,
        'month' as period_type,
        period_start,
        period_name,
        credit_date,
        credit_kind,
        credit_amount,
        measure_window,
        window_start,
        quota_amount,
        measure_before,
        measure_after,
        tier,
        tier_from,
        tier_to,
        rate,
        amount_in_tier,
        currency_code,
        {{ ratio('exchange_rate') }} as exchange_rate,
        {{ money(
            round_to(divide('amount_in_tier * rate', 'exchange_rate'), minor_units('currency_code'))
        ) }} as earning_amount,
        {{ run_id() }} as _run_id
    from priced

)

select * from final
