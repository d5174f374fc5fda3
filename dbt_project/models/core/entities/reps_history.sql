{{ config(
    materialized='incremental', incremental_strategy='changed', unique_key='rep_history_key',
    indexes=[{'columns': ['rep_key']}]
) }}

{# One row per rep and range in which nothing about them changed.
   Where two sources speak of one person, the roster (files) says team, role, region, manager, dates and ramp. #}
with

rep_rows as (

    select * from {{ ref('rep_rows') }}

),

roles as (

    select * from {{ ref('stg_company__roles') }}

),

managers as (

    select * from {{ ref('rep_identities') }}

),

starts as (

    select distinct rep_key, coalesce(valid_from, date '1900-01-01') as valid_from
    from rep_rows

),

spans as (

    select
        rep_key,
        valid_from,
        lead(valid_from) over (partition by rep_key order by valid_from) as valid_to
    from starts

),

valid as (

    {# The roster's word first, then the CRM's, column by column. #}
    select
        spans.rep_key,
        spans.valid_from,
        spans.valid_to,
        rep_rows.*
    from spans
    inner join (
        select
            rep_key as row_rep_key, valid_from as row_from, valid_to as row_to, identity_key, manager_identity_key,
            employee_number, rep_name, email, team, source_role, region, currency_code, source_rank, ramp_months,
            is_active, hire_date, leave_date
        from rep_rows
    ) as rep_rows
        on rep_rows.row_rep_key = spans.rep_key
        and coalesce(rep_rows.row_from, date '1900-01-01') <= spans.valid_from
        and (rep_rows.row_to is null or rep_rows.row_to > spans.valid_from)

),

merged as (

    select
        rep_key,
        valid_from,
        valid_to,
        {{ first_known('employee_number', 'source_rank desc') }} as employee_number,
        {{ first_known('rep_name', 'source_rank') }} as rep_name,
        {{ first_known('email', 'source_rank') }} as email,
        {{ first_known('team', 'source_rank desc') }} as team,
        {{ first_known('source_role', 'source_rank desc') }} as source_role,
        {{ first_known('region', 'source_rank desc') }} as region,
        {{ first_known('manager_identity_key', 'source_rank desc') }} as manager_identity_key,
        {{ first_known('hire_date', 'source_rank desc') }} as hire_date,
        {{ first_known('leave_date', 'source_rank desc') }} as leave_date,
        {{ first_known('ramp_months', 'source_rank desc') }} as ramp_months,
        {{ first_known('currency_code', 'source_rank desc') }} as currency_code,
        {{ first_known('is_active', 'source_rank desc') }} as is_active
    from valid
    group by rep_key, valid_from, valid_to

)

select
    {{ key(['merged.rep_key', 'merged.valid_from']) }} as rep_history_key,
    merged.rep_key,
    merged.valid_from,
    merged.valid_to,
    {# Counts from the first: where a range comes or goes, all later ones change, and the deals of those days follow. #}
    row_number() over (partition by merged.rep_key order by merged.valid_from) as range_number,
    merged.employee_number,
    merged.rep_name,
    merged.email,
    merged.team,
    merged.source_role,
    coalesce(roles.role, case when merged.source_role is not null then 'unmapped' end) as role,
    merged.region,
    managers.rep_key as manager_rep_key,
    merged.hire_date,
    merged.leave_date,
    merged.ramp_months,
    merged.currency_code,
    coalesce(merged.is_active, true)
    and (merged.leave_date is null or merged.leave_date >= {{ as_of_date() }}) as is_active,
    {{ run_id() }} as _run_id
from merged
left join roles on roles.source_role = {{ fold('merged.source_role') }}
left join managers on managers.identity_key = merged.manager_identity_key
