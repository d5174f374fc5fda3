{{ config(alias='identities', meta={'publish': {'key': ['identity_key'], 'touched_by': none}}) }}

with

accounts as (

    select
        'account' as entity,
        'account' as record_kind,
        source_account,
        account_id as record_id,
        identity_key as record_key,
        account_key as entity_key
    from {{ ref('account_identities') }}

),

people as (

    select
        'person' as entity,
        record_kind,
        source_account,
        record_id,
        record_key,
        person_key as entity_key
    from {{ ref('person_identities') }}

),

reps as (

    select
        'rep' as entity,
        'rep' as record_kind,
        source_account,
        rep_id as record_id,
        identity_key as record_key,
        rep_key as entity_key
    from {{ ref('rep_identities') }}

),

together as (

    select * from accounts
    union all
    select * from people
    union all
    select * from reps

),

final as (

    select
        {{ key(['together.record_kind', 'together.record_key']) }} as identity_key,
        together.entity,
        together.entity_key,
        together.record_kind,
        together.source_account,
        together.record_id,
        count(*) over (partition by together.entity, together.entity_key) as records,
        {{ run_id() }} as _run_id
    from together

)

select * from final
