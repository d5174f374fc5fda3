{{ config(alias='people') }}

with

people as (

    select * from {{ ref('people') }}

)

select
    person_key,
    person_id,
    source_account,
    full_name,
    email,
    account_key,
    company_name,
    segment,
    region,
    lead_source,
    channel,
    technique,
    rep_key,
    created_at,
    is_converted,
    cast(lead_count as integer) as lead_count,
    cast(contact_count as integer) as contact_count,
    {{ run_id() }} as _run_id
from people
