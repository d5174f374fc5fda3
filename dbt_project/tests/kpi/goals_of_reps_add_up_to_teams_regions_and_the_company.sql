-- The targets of reps are the same sum whether added up by team, by region or for the whole company, and quotas with
-- them; no rep falls between two teams.

with

assigned as (

    select
        measure,
        period_type,
        period_start,
        sum(assigned_amount) filter (where level = 'company') as company_amount,
        sum(assigned_amount) filter (where level = 'team') as team_amount,
        sum(assigned_amount) filter (where level = 'region') as region_amount,
        sum(target_amount) filter (where level = 'rep') as rep_amount
    from {{ ref('goal_alignment') }}
    where child_level in ('rep', 'none')
    group by measure, period_type, period_start

),

quotas as (

    select
        measure,
        period_type,
        period_start,
        sum(quota_amount) filter (where level = 'company') as company_quota,
        sum(quota_amount) filter (where level = 'team') as team_quota,
        sum(quota_amount) filter (where level = 'region') as region_quota,
        sum(quota_amount) filter (where level = 'rep') as rep_quota
    from {{ ref('goal_attainment') }}
    group by measure, period_type, period_start

),

validation_errors as (

    select *
    from assigned
    full outer join quotas using (measure, period_type, period_start)
    where
        team_amount is distinct from company_amount
        or region_amount is distinct from company_amount
        or rep_amount is distinct from company_amount
        or team_quota is distinct from company_quota
        or region_quota is distinct from company_quota
        or rep_quota is distinct from company_quota

)

select * from validation_errors
