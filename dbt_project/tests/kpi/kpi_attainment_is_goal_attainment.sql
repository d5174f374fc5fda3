-- One definition: what teams and the company are credited with, and their quota, is what goal_attainment says; its
-- target is that quota unless a goal was set.

with

kpi as (

    select 'team' as level, team as subject_key, period_type, period_start, credited_amount, quota_amount
    from {{ ref('kpi_team_period') }}
    union all
    select 'company', 'company', period_type, period_start, credited_amount, quota_amount
    from {{ ref('kpi_company_period') }}

),

goals as (

    select * from {{ ref('goal_attainment') }}
    where measure = 'bookings' and level in ('team', 'company')

),

validation_errors as (

    select
        goals.level,
        goals.subject_key,
        goals.period_type,
        goals.period_start,
        goals.actual_amount,
        kpi.credited_amount,
        goals.quota_amount as goals_quota_amount,
        goals.target_amount,
        kpi.quota_amount
    from goals
    left join kpi
        on
            kpi.level = goals.level
            and kpi.subject_key = goals.subject_key
            and kpi.period_type = goals.period_type
            and kpi.period_start = goals.period_start
    where
        -- A team with a goal and nobody in it has no row of KPIs.
        goals.actual_amount is distinct from coalesce(kpi.credited_amount, 0)
        or goals.quota_amount is distinct from kpi.quota_amount
        or (goals.target_basis = 'quota' and goals.target_amount is distinct from kpi.quota_amount)

)

select * from validation_errors
