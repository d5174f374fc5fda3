{{ config(alias='accounts', meta={'publish': {'key': ['account_key'], 'touched_by': none}}) }}

with

accounts as (

    select * from {{ ref('accounts') }}
    where not is_deleted

)

select
    account_key,
    account_id,
    source_account,
    account_name,
    parent_account_key,
    segment,
    account_type,
    industry,
    region,
    country,
    employee_count,
    annual_revenue,
    owner_rep_key,
    created_at,
    {{ run_id() }} as _run_id
from accounts
