with

leads as (

    {{ union_staging('leads', [
        'lead_key', 'source_account', 'lead_id', 'owner_key', 'merged_into_key', 'converted_account_key',
        'converted_contact_key', 'converted_opportunity_key', 'full_name', 'email', 'title', 'company_name',
        'lead_source', 'status', 'industry', 'country', 'segment', 'region', 'converted_date', 'converted_at',
        'created_at', 'modified_at', 'is_converted', 'is_deleted',
    ]) }}

),

rep_identities as (

    select * from {{ ref('rep_identities') }}

),

lead_sources as (

    select * from {{ ref('stg_company__lead_sources') }}

),

account_identities as (

    select * from {{ ref('account_identities') }}

),

segments as (

    select * from {{ ref('stg_company__segments') }}

),

conformed as (

    select
        leads.lead_key,
        leads.source_account,
        leads.lead_id,
        leads.merged_into_key,
        account_identities.account_key as converted_account_key,
        leads.converted_contact_key,
        leads.converted_opportunity_key,
        {{ or_unknown('rep_identities.rep_key') }} as rep_key,
        leads.full_name,
        leads.email,
        {{ email_identity('leads.email') }} as email_identity,
        leads.title,
        leads.company_name,
        leads.lead_source,
        {{ mapped('leads.lead_source', 'lead_sources.channel') }} as channel,
        {{ mapped('leads.lead_source', 'lead_sources.technique') }} as technique,
        leads.status,
        leads.industry,
        leads.country,
        {{ mapped('leads.segment', 'segments.segment') }} as segment,
        leads.region,
        leads.is_converted,
        -- Many sources keep only the day of a conversion: it cannot lie before the lead's creation.
        case
            when leads.is_converted
                then greatest(
                    coalesce(leads.converted_at, {{ day_start('leads.converted_date') }}, leads.modified_at), leads.created_at
                )
        end as converted_at,
        leads.created_at,
        leads.modified_at,
        leads.is_deleted
    from leads
    left join account_identities on account_identities.identity_key = leads.converted_account_key
    left join rep_identities on rep_identities.identity_key = leads.owner_key
    left join lead_sources on lead_sources.lead_source = {{ fold('leads.lead_source') }}
    left join segments on segments.source_segment = {{ fold('leads.segment') }}

)

select * from conformed
