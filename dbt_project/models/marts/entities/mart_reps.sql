{{ config(alias='reps', meta={'publish': {'key': ['rep_key'], 'touched_by': none}}) }}

with

reps as (

    select * from {{ ref('reps') }}

)

select
    rep_key,
    rep_id,
    source_account,
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
from reps
