{{ config(
    materialized='incremental', incremental_strategy='changed', unique_key='identity_key',
    indexes=[{'columns': ['identity_key'], 'unique': true}]
) }}

{% set longest = 12 %}

{# A merged account leads to the one it was merged into, however many times that was merged in turn; an account known by
   name leads to the one that bears it, whether a deal alone mentions it or files hand it in under an id made of its
   name. What was deleted, and merged into nothing, leads to the unknown account. #}
with recursive

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

links as (

    select
        accounts.account_key as from_key,
        coalesce(into_accounts.account_key, name_owners.account_key) as to_key
    from accounts
    left join accounts as into_accounts on into_accounts.account_key = accounts.merged_into_key
    left join name_owners
        on accounts.account_id like 'name:%' and name_owners.account_name = {{ fold('accounts.account_name') }}
    where coalesce(into_accounts.account_key, name_owners.account_key) <> accounts.account_key

),

walked as (

    select from_key as identity_key, to_key as account_key, 1 as steps
    from links
    union all
    select walked.identity_key, links.to_key, walked.steps + 1
    from walked
    inner join links on links.from_key = walked.account_key
    where walked.steps < {{ longest }}

),

{# Who was merged in a circle is the least of those in it: all of them are met again in the last half of the way. #}
survivors as (

    select
        identity_key,
        case
            when max(steps) < {{ longest }} then max(case when steps = last_step then account_key end)
            else min(case when steps > {{ longest }} / 2 then account_key end)
        end as account_key
    from (
        select walked.*, max(steps) over (partition by identity_key) as last_step
        from walked
    ) as ways
    group by identity_key

),

identities as (

    select
        accounts.account_key as identity_key,
        case
            when coalesce(kept.is_deleted, accounts.is_deleted) then {{ unknown_key() }}
            else coalesce(kept.account_key, accounts.account_key)
        end as account_key,
        accounts.source_account,
        accounts.account_id,
        accounts.account_name
    from accounts
    left join survivors on survivors.identity_key = accounts.account_key
    left join accounts as kept on kept.account_key = survivors.account_key
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
