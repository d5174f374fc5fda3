{{ config(
    materialized='incremental', incremental_strategy='changed', unique_key='identity_key',
    indexes=[{'columns': ['identity_key'], 'unique': true}]
) }}

{# A merged account leads to the one it was merged into; an account known by name leads to the one that bears it,
   whether a deal alone mentions it or files hand it in under an id made of its name. #}
with

accounts as (

    {{ union_staging('accounts', [
        'account_key', 'source_account', 'account_id', 'account_name', 'merged_into_key', 'is_deleted'
    ]) }}

),

named as (

    select account_key, source_account, account_name from (
        {{ union_staging('opportunities', ['account_key', 'source_account', 'account_name']) }}
        union all
        {{ union_staging('orders', ['account_key', 'source_account', 'account_name']) }}
    ) as mentions
    where account_name is not null
        and account_key = {{ key(['source_account', named('account_name')]) }}

),

named_once as (

    select
        named.account_key,
        min(named.source_account) as source_account,
        min(named.account_name) as account_name
    from named
    left join accounts on accounts.account_key = named.account_key
    where accounts.account_key is null
    group by named.account_key

),

name_owners as (

    select {{ fold('account_name') }} as account_name, min(account_key) as account_key
    from accounts
    where account_name is not null and not is_deleted and account_id not like 'name:%'
    group by 1
    having count(*) = 1

),

identities as (

    select
        accounts.account_key as identity_key,
        coalesce(
            second.account_key, first.account_key, name_owners.account_key, accounts.account_key
        ) as account_key,
        accounts.source_account,
        accounts.account_id,
        accounts.account_name
    from accounts
    left join accounts as first on first.account_key = accounts.merged_into_key
    left join accounts as second on second.account_key = first.merged_into_key
    left join name_owners
        on accounts.account_id like 'name:%' and name_owners.account_name = {{ fold('accounts.account_name') }}
    union all
    select
        named_once.account_key,
        coalesce(name_owners.account_key, named_once.account_key),
        named_once.source_account,
        named_once.account_name,
        named_once.account_name
    from named_once
    left join name_owners on name_owners.account_name = {{ fold('named_once.account_name') }}

)

select
    identities.*,
    {{ run_id() }} as _run_id
from identities
