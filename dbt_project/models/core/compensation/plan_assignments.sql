with

plan_assignments as (

    {{ union_staging('plan_assignments', [
        'plan_assignment_key', 'source_account', 'rep_identity_key', 'plan_key', 'plan_id', 'effective_from',
        'effective_to', 'is_deleted',
    ]) }}

),

rep_identities as (

    select * from {{ ref('rep_identities') }}

),

conformed as (

    select
        plan_assignments.plan_assignment_key,
        plan_assignments.source_account,
        {{ or_unknown('rep_identities.rep_key') }} as rep_key,
        plan_assignments.plan_key,
        plan_assignments.plan_id,
        plan_assignments.effective_from,
        plan_assignments.effective_to,
        {{ run_id() }} as _run_id
    from plan_assignments
    left join rep_identities on rep_identities.identity_key = plan_assignments.rep_identity_key
    where not plan_assignments.is_deleted

)

select * from conformed
