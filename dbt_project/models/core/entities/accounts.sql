{{ config(
    materialized='incremental', incremental_strategy='changed', unique_key='account_key',
    indexes=[{'columns': ['account_key'], 'unique': true}]
) }}

with

accounts as (

    {{ union_staging('accounts', [
        'account_key', 'source_account', 'account_id', 'parent_account_key', 'owner_key', 'account_name',
        'source_segment', 'account_type', 'industry', 'region', 'country', 'employee_count', 'annual_revenue',
        'is_deleted', 'created_at'
    ]) }}

),

identities as (

    select * from {{ ref('account_identities') }}

),

segments as (

    select * from {{ ref('stg_company__segments') }}

),

owners as (

    select * from {{ ref('rep_identities') }}

),

described as (

    select
        accounts.account_key,
        accounts.account_id,
        accounts.source_account,
        accounts.account_name,
        parents.account_key as parent_account_key,
        case
            when accounts.source_segment is null then null
            else coalesce(segments.segment, 'unmapped')
        end as segment,
        accounts.source_segment,
        accounts.account_type,
        accounts.industry,
        accounts.region,
        accounts.country,
        accounts.employee_count,
        accounts.annual_revenue,
        {{ or_unknown('owners.rep_key') }} as owner_rep_key,
        accounts.is_deleted,
        accounts.created_at
    from accounts
    inner join identities
        on identities.identity_key = accounts.account_key and identities.account_key = accounts.account_key
    left join identities as parents on parents.identity_key = accounts.parent_account_key
    left join segments on segments.source_segment = {{ fold('accounts.source_segment') }}
    left join owners on owners.identity_key = accounts.owner_key

),

named_only as (

    select identities.*
    from identities
    left join accounts on accounts.account_key = identities.identity_key
    where accounts.account_key is null and identities.identity_key = identities.account_key

),

members as (

    select * from described
    union all
    select
        account_key, account_id, source_account, account_name, null, null, null, null, null, null, null, null, null,
        {{ unknown_key() }}, false, null
    from named_only
    union all
    select
        {{ unknown_key() }}, 'unknown', 'unknown', 'Unknown', null, null, null, null, null, null, null, null, null,
        {{ unknown_key() }}, false, null

)

select
    members.*,
    {{ run_id() }} as _run_id
from members
