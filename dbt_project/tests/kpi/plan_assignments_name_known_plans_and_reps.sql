-- An assignment to a plan nobody described, or of a rep nobody knows, pays nothing: name it.

{{ config(severity='warn') }}

with

validation_errors as (

    select
        assignments.plan_assignment_key,
        assignments.plan_id,
        assignments.effective_from,
        assignments.rep_key = {{ unknown_key() }} as is_rep_unknown
    from {{ ref('plan_assignments') }} as assignments
    left join {{ ref('plans') }} as plans on plans.plan_key = assignments.plan_key
    where assignments.rep_key = {{ unknown_key() }} or plans.plan_key is null

)

select * from validation_errors
