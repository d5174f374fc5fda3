with

contacts as (

    {{ union_staging('contacts', [
        'contact_key', 'source_account', 'contact_id', 'account_key', 'owner_key', 'merged_into_key', 'full_name',
        'email', 'title', 'lead_source', 'created_at', 'modified_at', 'is_deleted',
    ]) }}

),

rep_identities as (

    select * from {{ ref('rep_identities') }}

),

account_identities as (

    select * from {{ ref('account_identities') }}

),

lead_sources as (

    select * from {{ ref('stg_company__lead_sources') }}

),

conformed as (

    select
        contacts.contact_key,
        contacts.source_account,
        contacts.contact_id,
        contacts.merged_into_key,
        account_identities.account_key,
        {{ or_unknown('rep_identities.rep_key') }} as rep_key,
        contacts.full_name,
        contacts.email,
        {{ email_identity('contacts.email') }} as email_identity,
        contacts.title,
        contacts.lead_source,
        {{ mapped('contacts.lead_source', 'lead_sources.channel') }} as channel,
        {{ mapped('contacts.lead_source', 'lead_sources.technique') }} as technique,
        contacts.created_at,
        contacts.modified_at,
        contacts.is_deleted
    from contacts
    left join account_identities on account_identities.identity_key = contacts.account_key
    left join rep_identities on rep_identities.identity_key = contacts.owner_key
    left join lead_sources on lead_sources.lead_source = {{ fold('contacts.lead_source') }}

)

select * from conformed
