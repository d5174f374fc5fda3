-- What each payee earned in a month, by plan, component and tier; every line is a sum of earning lines.

with

commission_earnings as (

    select * from {{ ref('commission_earnings') }}

),

commission_measures as (

    select * from {{ ref('commission_measures') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type = 'month'

),

month_ends as (

    -- The window as it stands at the end of each month in which the payee was credited.
    select
        measures.rep_key,
        measures.plan_key,
        measures.component,
        measures.measure_window,
        measures.window_start,
        period_days.period_start,
        max(measures.quota_amount) as quota_amount,
        sum(sum(measures.credit_amount)) over (
            partition by
                measures.rep_key, measures.plan_key, measures.component, measures.measure_window, measures.window_start
            order by period_days.period_start
        ) as measure_amount
    from commission_measures as measures
    inner join period_days on period_days.calendar_date = measures.credit_date
    group by 1, 2, 3, 4, 5, 6

),

earned as (

    select
        rep_key,
        rep_name,
        plan_key,
        plan_id,
        plan_name,
        component,
        plan_version_from,
        measure_window,
        window_start,
        period_type,
        period_start,
        period_name,
        currency_code,
        tier,
        tier_from,
        tier_to,
        rate,
        count(distinct credit_key) as credit_count,
        sum(amount_in_tier) as amount_in_tier,
        sum(earning_amount) as earning_amount
    from commission_earnings
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17

),

final as (

    select
        md5(
            earned.rep_key || '|' || earned.plan_key || '|' || earned.component || '|' || earned.period_start
            || '|' || earned.plan_version_from || '|' || earned.tier
        ) as statement_line_id,
        earned.rep_key,
        earned.rep_name,
        earned.plan_id,
        earned.plan_name,
        earned.component,
        earned.plan_version_from,
        earned.period_type,
        earned.period_start,
        earned.period_name,
        earned.measure_window,
        earned.window_start,
        earned.currency_code,
        {{ money('month_ends.measure_amount') }} as measure_amount,
        {{ money('month_ends.quota_amount') }} as quota_amount,
        {{ attainment('month_ends.measure_amount', 'month_ends.quota_amount') }} as attainment,
        earned.tier,
        earned.tier_from,
        earned.tier_to,
        earned.rate,
        cast(earned.credit_count as bigint) as credit_count,
        {{ money('earned.amount_in_tier') }} as amount_in_tier,
        {{ money('earned.earning_amount') }} as earning_amount,
        {{ run_id() }} as _run_id
    from earned
    inner join month_ends
        on
            month_ends.rep_key = earned.rep_key
            and month_ends.plan_key = earned.plan_key
            and month_ends.component = earned.component
            and month_ends.measure_window = earned.measure_window
            and month_ends.window_start = earned.window_start
            and month_ends.period_start = earned.period_start

)

select * from final
