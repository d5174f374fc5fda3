-- Tiers of commission plans with the dates between which each version holds.

with

plans as (

    {{ union_staging('plans', [
        'plan_tier_key', 'source_account', 'plan_id', 'plan_key', 'plan_name', 'component', 'rate_mode',
        'measure_window', 'tier', 'attainment_from', 'attainment_to', 'rate', 'effective_from', 'effective_to',
        'is_deleted',
    ]) }}

),

versions as (

    -- A version ends where the next one begins, also when nobody closed it.
    select
        plan_key,
        component,
        effective_from,
        lead(effective_from) over (partition by plan_key, component order by effective_from) as next_effective_from
    from plans
    where not is_deleted
    group by plan_key, component, effective_from

),

tiers as (

    select
        plans.plan_tier_key,
        plans.plan_key,
        plans.source_account,
        plans.plan_id,
        plans.plan_name,
        plans.component,
        plans.rate_mode,
        plans.measure_window,
        plans.tier,
        plans.attainment_from,
        plans.attainment_to,
        plans.rate,
        plans.effective_from,
        least(plans.effective_to, versions.next_effective_from) as effective_to,
        {{ run_id() }} as _run_id
    from plans
    inner join versions
        on
            versions.plan_key = plans.plan_key
            and versions.component = plans.component
            and versions.effective_from = plans.effective_from
    where not plans.is_deleted

)

select * from tiers
