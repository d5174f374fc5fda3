{{ config(alias='reps_history', meta={'publish': {'key': ['rep_history_key'], 'touched_by': none}}) }}

with

reps_history as (

    select * from {{ ref('reps_history') }}

)

select
    rep_history_key,
    rep_key,
    valid_from,
    valid_to,
    employee_number,
    rep_name,
    email,
    team,
    role,
    region,
    manager_rep_key,
    hire_date,
    leave_date,
    ramp_months,
    currency_code,
    is_active,
    {{ run_id() }} as _run_id
from reps_history
