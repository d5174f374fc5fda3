{{ config(
    materialized='incremental', incremental_strategy='changed', unique_key='rep_key',
    indexes=[{'columns': ['rep_key'], 'unique': true}]
) }}

{# Each rep as of the run's as_of: the range that holds then, else the nearest. #}
with

reps_history as (

    select * from {{ ref('reps_history') }}

),

identities as (

    select * from {{ ref('rep_identities') }}

),

known as (

    select *
    from (
        select
            reps_history.*,
            row_number() over (
                partition by rep_key
                order by
                    case when valid_from <= {{ as_of_date() }} then 0 else 1 end,
                    case when valid_from <= {{ as_of_date() }} then valid_from end desc,
                    valid_from
            ) as best_first
        from reps_history
    ) as numbered
    where best_first = 1

),

named_only as (

    select identities.*
    from identities
    left join known on known.rep_key = identities.rep_key
    where known.rep_key is null and identities.identity_key = identities.rep_key

),

reps as (

    select
        known.rep_key,
        identities.rep_id,
        identities.source_account,
        known.employee_number,
        known.rep_name,
        known.email,
        known.team,
        known.role,
        known.region,
        known.manager_rep_key,
        known.hire_date,
        known.leave_date,
        known.ramp_months,
        known.currency_code,
        known.is_active
    from known
    inner join identities on identities.identity_key = known.rep_key
    union all
    select
        rep_key, rep_id, source_account, null, rep_id, null, null, null, null, null, null, null, null, null, true
    from named_only
    union all
    select
        {{ unknown_key() }}, 'unknown', 'unknown', null, 'Unknown', null, null, null, null, null, null, null, null,
        null, false

)

select
    reps.*,
    {{ run_id() }} as _run_id
from reps
