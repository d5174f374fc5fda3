-- The quota of each payee's plan and window: prorated months, each for the part in which the rep is on the plan.

with

plan_assignments as (

    select * from {{ ref('plan_assignments') }}

),

quotas as (

    select * from {{ ref('quotas') }}
    where measure = 'bookings' and active_days > 0

),

reps as (

    select * from {{ ref('reps') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

assigned_months as (

    select
        quotas.rep_key,
        plan_assignments.plan_key,
        quotas.month_start,
        quotas.quota_amount,
        quotas.active_days,
        least(quotas.active_days, sum(greatest(0, {{ days_between(
            'greatest(quotas.month_start, reps.hire_date, plan_assignments.effective_from)',
            'least(quotas.month_end, reps.leave_date + 1, plan_assignments.effective_to)'
        ) }}))) as assigned_days
    from quotas
    inner join plan_assignments
        on
            plan_assignments.rep_key = quotas.rep_key
            and plan_assignments.effective_from < quotas.month_end
            and (plan_assignments.effective_to is null or plan_assignments.effective_to > quotas.month_start)
    left join reps on reps.rep_key = quotas.rep_key
    group by 1, 2, 3, 4, 5

),

by_window as (

    select
        assigned_months.rep_key,
        assigned_months.plan_key,
        windows.period_type as measure_window,
        windows.period_start as window_start,
        {{ money('sum(' ~ money(divide('quota_amount * assigned_days', 'active_days')) ~ ')') }} as quota_amount,
        {{ run_id() }} as _run_id
    from assigned_months
    inner join period_days as windows on windows.calendar_date = assigned_months.month_start
    group by 1, 2, 3, 4

)

select * from by_window
