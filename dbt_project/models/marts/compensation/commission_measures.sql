-- Each credit in its plan's window: what had been credited before it, and the window's quota.

with

commission_credits as (

    select * from {{ ref('commission_credits') }}
    where rep_key <> {{ unknown_key() }}

),

plan_assignments as (

    select * from {{ ref('plan_assignments') }}

),

components as (

    select
        plan_key,
        plan_id,
        component,
        effective_from,
        effective_to,
        min(plan_name) as plan_name,
        min(measure_window) as measure_window
    from {{ ref('plans') }}
    group by plan_key, plan_id, component, effective_from, effective_to

),

window_quotas as (

    select * from {{ ref('plan_window_quotas') }}

),

period_days as (

    select * from {{ ref('period_days') }}

),

on_plan as (

    -- Two assignments to one plan on one day are one.
    select distinct
        commission_credits.credit_key,
        plan_assignments.plan_key
    from commission_credits
    inner join plan_assignments
        on
            plan_assignments.rep_key = commission_credits.rep_key
            and plan_assignments.effective_from <= commission_credits.credit_date
            and (
                plan_assignments.effective_to is null
                or commission_credits.credit_date < plan_assignments.effective_to
            )

),

in_window as (

    select
        commission_credits.*,
        components.plan_key,
        components.plan_id,
        components.plan_name,
        components.component,
        components.measure_window,
        components.effective_from as plan_version_from,
        windows.period_start as window_start,
        windows.period_end as window_end,
        windows.period_name as window_name
    from on_plan
    inner join commission_credits on commission_credits.credit_key = on_plan.credit_key
    inner join components
        on
            components.plan_key = on_plan.plan_key
            and components.effective_from <= commission_credits.credit_date
            and (components.effective_to is null or commission_credits.credit_date < components.effective_to)
    inner join period_days as windows
        on
            windows.period_type = components.measure_window
            and windows.calendar_date = commission_credits.credit_date

),

accumulated as (

    select
        *,
        coalesce(sum(credit_amount) over (
            partition by rep_key, plan_key, component, measure_window, window_start
            order by credit_date, opportunity_key, credit_kind
            rows between unbounded preceding and 1 preceding
        ), 0) as measure_before
    from in_window

),

final as (

    select
        md5(accumulated.credit_key || '|' || accumulated.plan_key || '|' || accumulated.component) as measure_key,
        accumulated.credit_key,
        accumulated.opportunity_key,
        accumulated.order_key,
        accumulated.rep_key,
        accumulated.rep_name,
        accumulated.plan_key,
        accumulated.plan_id,
        accumulated.plan_name,
        accumulated.component,
        accumulated.plan_version_from,
        accumulated.credit_kind,
        accumulated.credit_date,
        accumulated.measure_window,
        accumulated.window_start,
        accumulated.window_end,
        accumulated.window_name,
        {{ money('window_quotas.quota_amount') }} as quota_amount,
        {{ money('accumulated.credit_amount') }} as credit_amount,
        {{ money('accumulated.measure_before') }} as measure_before,
        {{ money('accumulated.measure_before + accumulated.credit_amount') }} as measure_after,
        {{ attainment('accumulated.measure_before + accumulated.credit_amount', 'window_quotas.quota_amount') }} as attainment,
        {{ run_id() }} as _run_id
    from accumulated
    left join window_quotas
        on
            window_quotas.rep_key = accumulated.rep_key
            and window_quotas.plan_key = accumulated.plan_key
            and window_quotas.measure_window = accumulated.measure_window
            and window_quotas.window_start = accumulated.window_start

)

select * from final
