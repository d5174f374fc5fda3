{{ config(
    materialized='incremental', incremental_strategy='changed', unique_key='identity_key',
    indexes=[{'columns': ['identity_key'], 'unique': true}]
) }}

{# A person has an identity in each source: the same employee number, else the same e-mail, else itself alone.
   A role mailbox (info@) joins nobody; a name alone joins the one rep who bears it. #}
with

rows as (

    {{ union_staging('reps', [
        'identity_key', 'source_account', 'rep_id', 'employee_number', 'rep_name', 'email', 'source_rank',
        'valid_from', 'is_deleted'
    ]) }}

),

latest as (

    select *
    from (
        select
            rows.*,
            row_number() over (
                partition by identity_key order by is_deleted, valid_from desc nulls last
            ) as latest_first
        from rows
    ) as numbered
    where latest_first = 1

),

deals as (

    {{ union_staging('opportunities', ['source_account', 'owner_key', 'owner_name']) }}

),

named as (

    select
        deals.owner_key as identity_key,
        min(deals.source_account) as source_account,
        min(deals.owner_name) as rep_name
    from deals
    left join latest on latest.identity_key = deals.owner_key
    where deals.owner_name is not null and latest.identity_key is null
        and deals.owner_key = {{ key(['deals.source_account', named('deals.owner_name')]) }}
    group by deals.owner_key

),

identities as (

    select
        identity_key,
        source_account,
        rep_id,
        {{ fold('employee_number') }} as employee_number,
        rep_name,
        case
            when split_part(email, '@', 1) not in (
                'info', 'sales', 'admin', 'office', 'contact', 'hello', 'support', 'team', 'noreply', 'no-reply',
                'marketing', 'service', 'mail', 'crm', 'integration', 'automation'
            ) then email
        end as email,
        source_rank
    from latest
    union all
    select identity_key, source_account, rep_name, null, rep_name, null, 9 from named

),

email_owners as (

    {# An e-mail leads to a person by number only where it leads to one. #}
    select email, min(employee_number) as employee_number
    from identities
    where email is not null and employee_number is not null
    group by email
    having count(distinct employee_number) = 1

),

name_owners as (

    select {{ fold('rep_name') }} as rep_name, min(identity_key) as identity_key
    from identities
    where rep_name is not null and source_rank < 9
    group by 1
    having count(distinct coalesce(employee_number, email, identity_key)) = 1

),

resolved as (

    select
        identities.*,
        case
            when identities.employee_number is not null then 'number:' || identities.employee_number
            when email_owners.employee_number is not null then 'number:' || email_owners.employee_number
            when identities.email is not null then 'email:' || identities.email
            else 'identity:' || identities.identity_key
        end as person,
        case
            when identities.employee_number is not null then 'employee number'
            when identities.email is not null then 'e-mail'
            else 'itself'
        end as matched_by
    from identities
    left join email_owners on email_owners.email = identities.email

),

people as (

    select
        resolved.*,
        first_value(identity_key) over (
            partition by person order by source_rank, source_account, rep_id
        ) as rep_key
    from resolved

),

with_names as (

    select
        people.identity_key,
        coalesce(named_rep.rep_key, people.rep_key) as rep_key,
        people.source_account,
        people.rep_id,
        case when named_rep.rep_key is not null then 'name' else people.matched_by end as matched_by
    from people
    left join name_owners
        on people.source_rank = 9 and name_owners.rep_name = {{ fold('people.rep_name') }}
    left join people as named_rep on named_rep.identity_key = name_owners.identity_key

)

select
    with_names.*,
    {{ run_id() }} as _run_id
from with_names
