-- Every identified marketing interaction, with the person it belongs to and the funnel stage it proves.

with

touches as (

    {{ union_staging('touches', [
        'touch_key', 'source_account', 'touch_id', 'campaign_key', 'contact_key', 'lead_key', 'email',
        'interaction', 'channel', 'touched_at', 'responded_date', 'responded_at', 'has_responded', 'is_deleted',
    ]) }}

),

person_identities as (

    select * from {{ ref('person_identities') }}

),

person_emails as (

    select * from {{ ref('person_emails') }}

),

campaigns as (

    select * from {{ ref('campaigns') }}

),

lead_sources as (

    select * from {{ ref('stg_company__lead_sources') }}

),

interactions as (

    select * from {{ ref('stg_company__interactions') }}

),

joined as (

    select
        touches.touch_key,
        touches.source_account,
        touches.touch_id,
        coalesce(by_contact.person_key, by_lead.person_key, person_emails.person_key, {{ unknown_key() }}) as person_key,
        {{ or_unknown('campaigns.campaign_key') }} as campaign_key,
        coalesce(
            lead_sources.channel, {{ word('touches.channel') }}, campaigns.channel
        ) as channel,
        touches.interaction,
        coalesce(interactions.funnel_stage, 'unmapped') as mapped_stage,
        touches.has_responded,
        touches.touched_at,
        coalesce(
            touches.responded_at, {{ day_start('touches.responded_date') }}, touches.touched_at
        ) as responded_at
    from touches
    left join person_identities as by_contact
        on by_contact.record_kind = 'contact' and by_contact.record_key = touches.contact_key
    left join person_identities as by_lead
        on by_lead.record_kind = 'lead' and by_lead.record_key = touches.lead_key
    left join person_emails on person_emails.email_identity = {{ email_identity('touches.email') }}
    left join campaigns on campaigns.campaign_key = touches.campaign_key
    left join lead_sources on lead_sources.lead_source = {{ fold('touches.channel') }}
    left join interactions on interactions.interaction = {{ fold('touches.interaction') }}
    where not touches.is_deleted

),

staged as (

    select
        touch_key,
        source_account,
        touch_id,
        person_key,
        campaign_key,
        channel,
        interaction,
        -- An answer proves interest, whatever the interaction was called when it was recorded.
        case
            when has_responded and mapped_stage in ('awareness', 'unmapped') then 'interest'
            else mapped_stage
        end as funnel_stage,
        has_responded,
        touched_at,
        case when has_responded then greatest(touched_at, responded_at) else touched_at end as proven_at,
        {{ run_id() }} as _run_id
    from joined

)

select * from staged
