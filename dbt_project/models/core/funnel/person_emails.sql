-- Who an e-mail address belongs to: the lookup for touches that name nobody by id.

with

person_identities as (

    select * from {{ ref('person_identities') }}

),

addresses as (

    select
        email_identity,
        'contact' as record_kind,
        contact_key as record_key
    from {{ ref('contacts') }}
    where email_identity is not null and not is_deleted

    union all

    select
        email_identity,
        'lead' as record_kind,
        lead_key as record_key
    from {{ ref('leads') }}
    where email_identity is not null and not is_deleted

),

person_emails as (

    select
        addresses.email_identity,
        min(person_identities.person_key) as person_key
    from addresses
    inner join person_identities
        on
            person_identities.record_kind = addresses.record_kind
            and person_identities.record_key = addresses.record_key
    group by addresses.email_identity

)

select * from person_emails
