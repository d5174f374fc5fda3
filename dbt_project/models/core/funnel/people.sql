with

person_identities as (

    select * from {{ ref('person_identities') }}

),

contacts as (

    select * from {{ ref('contacts') }}
    where not is_deleted

),

leads as (

    select * from {{ ref('leads') }}
    where not is_deleted

),

accounts as (

    select * from {{ ref('accounts') }}

),

records as (

    select
        identities.person_key,
        identities.record_kind,
        identities.record_key,
        identities.source_account,
        identities.record_id,
        contacts.full_name,
        contacts.email,
        contacts.account_key,
        null as company_name,
        null as segment,
        null as region,
        contacts.lead_source,
        contacts.channel,
        contacts.technique,
        contacts.rep_key,
        contacts.created_at,
        contacts.modified_at,
        false as is_converted
    from contacts
    inner join person_identities as identities
        on identities.record_kind = 'contact' and identities.record_key = contacts.contact_key

    union all

    select
        identities.person_key,
        identities.record_kind,
        identities.record_key,
        identities.source_account,
        identities.record_id,
        leads.full_name,
        leads.email,
        leads.converted_account_key as account_key,
        leads.company_name,
        leads.segment,
        leads.region,
        leads.lead_source,
        leads.channel,
        leads.technique,
        leads.rep_key,
        leads.created_at,
        leads.modified_at,
        leads.is_converted
    from leads
    inner join person_identities as identities
        on identities.record_kind = 'lead' and identities.record_key = leads.lead_key

),

ranked as (

    select
        *,
        row_number() over (
            partition by person_key
            order by created_at nulls last, record_kind, record_key
        ) as age_rank,
        -- What is true of the person now: a contact knows better than a lead, a later version better than an earlier.
        row_number() over (
            partition by person_key
            order by record_kind, modified_at desc nulls last, record_key
        ) as current_rank
    from records

),

grouped as (

    select
        person_key,
        min(record_id) filter (where age_rank = 1) as person_id,
        min(source_account) filter (where age_rank = 1) as source_account,
        {{ best_known('full_name', 'current_rank') }} as full_name,
        {{ best_known('email', 'current_rank') }} as email,
        {{ best_known('account_key', 'current_rank') }} as account_key,
        {{ best_known('company_name', 'current_rank') }} as company_name,
        {{ best_known('segment', 'current_rank') }} as segment,
        {{ best_known('region', 'current_rank') }} as region,
        {{ best_known('lead_source', 'age_rank') }} as lead_source,
        {{ best_known('channel', 'age_rank') }} as channel,
        {{ best_known('technique', 'age_rank') }} as technique,
        {{ best_known("nullif(rep_key, " ~ unknown_key() ~ ")", 'current_rank') }} as rep_key,
        min(created_at) as created_at,
        bool_or(is_converted) as is_converted,
        count(*) filter (where record_kind = 'lead') as lead_count,
        count(*) filter (where record_kind = 'contact') as contact_count
    from ranked
    group by person_key

),

people as (

    select
        grouped.person_key,
        grouped.person_id,
        grouped.source_account,
        grouped.full_name,
        grouped.email,
        grouped.account_key,
        coalesce(accounts.account_name, grouped.company_name) as company_name,
        coalesce(accounts.segment, grouped.segment) as segment,
        coalesce(accounts.region, grouped.region) as region,
        grouped.lead_source,
        grouped.channel,
        grouped.technique,
        {{ or_unknown('grouped.rep_key') }} as rep_key,
        grouped.created_at,
        grouped.is_converted,
        grouped.lead_count,
        grouped.contact_count,
        {{ run_id() }} as _run_id
    from grouped
    left join accounts on accounts.account_key = grouped.account_key

)

select * from people
