-- A lead and the contact it was converted into are one person, as are live records that share an e-mail.

with

identities as (

    select * from {{ ref('person_identities') }}

),

converted as (

    select
        lead_identity.record_key,
        lead_identity.person_key,
        contact_identity.person_key as other_person_key
    from {{ ref('leads') }} as leads
    inner join identities as lead_identity
        on lead_identity.record_kind = 'lead' and lead_identity.record_key = leads.lead_key
    inner join identities as contact_identity
        on contact_identity.record_kind = 'contact' and contact_identity.record_key = leads.converted_contact_key

),

shared as (

    select
        min(identities.record_key) as record_key,
        min(identities.person_key) as person_key,
        max(identities.person_key) as other_person_key
    from identities
    inner join (
        select 'lead' as record_kind, lead_key as record_key, email_identity from {{ ref('leads') }} where not is_deleted
        union all
        select 'contact', contact_key, email_identity from {{ ref('contacts') }} where not is_deleted
    ) as addresses
        on addresses.record_kind = identities.record_kind and addresses.record_key = identities.record_key
    where addresses.email_identity is not null
    group by addresses.email_identity

),

validation_errors as (

    select * from converted
    where person_key <> other_person_key
    union all
    select * from shared
    where person_key <> other_person_key

)

select * from validation_errors
