-- The tiers of a plan's version follow each other without gap or overlap, in one window and under one name.

{{ config(severity='warn') }}

with

tiers as (

    select
        *,
        lead(attainment_from) over (
            partition by plan_key, component, effective_from order by attainment_from, tier
        ) as next_attainment_from
    from {{ ref('plans') }}

),

gaps as (

    select
        plan_id,
        component,
        effective_from,
        'the tier after tier ' || tier || ' does not begin where it ends' as fault
    from tiers
    where next_attainment_from is not null and next_attainment_from is distinct from attainment_to

),

ambiguous as (

    select
        plan_id,
        component,
        effective_from,
        'its tiers disagree on measure_window or plan_name' as fault
    from tiers
    group by plan_id, component, effective_from
    having count(distinct measure_window) > 1 or count(distinct plan_name) > 1

),

validation_errors as (

    select * from gaps
    union all
    select * from ambiguous

)

select * from validation_errors
