-- What each person did or went through, with the funnel stage it proves and when. The mapping of interactions decides
-- the stage; for those that come from leads and deals themselves it may override the stage given here.

with

touches as (

    select * from {{ ref('touches') }}

),

leads as (

    select * from {{ ref('leads') }}
    where not is_deleted

),

person_identities as (

    select * from {{ ref('person_identities') }}

),

opportunities as (

    select * from {{ ref('opportunities') }}
    where not is_deleted

),

interactions as (

    select * from {{ ref('stg_company__interactions') }}

),

person_leads as (

    select
        leads.*,
        identities.person_key
    from leads
    inner join person_identities as identities
        on identities.record_kind = 'lead' and identities.record_key = leads.lead_key

),

lead_deals as (

    -- A deal older than the lead that was converted into it concerns this person from the lead on.
    select
        person_leads.person_key,
        person_leads.lead_key,
        opportunities.opportunity_key,
        opportunities.is_won,
        opportunities.lead_source,
        opportunities.channel,
        opportunities.campaign_key,
        opportunities.rep_key,
        greatest(opportunities.created_at, person_leads.created_at) as created_at,
        greatest(
            {{ day_start('opportunities.close_date') }}, opportunities.created_at, person_leads.created_at
        ) as won_at
    from person_leads
    inner join opportunities on opportunities.opportunity_key = person_leads.converted_opportunity_key

),

proven_by_touches as (

    select
        person_key,
        'touch' as interaction_kind,
        touch_key as record_key,
        interaction,
        funnel_stage,
        proven_at as interacted_at,
        cast(null as {{ dbt.type_string() }}) as source,
        channel,
        campaign_key,
        cast(null as {{ dbt.type_string() }}) as rep_key,
        cast(null as {{ dbt.type_string() }}) as opportunity_key
    from touches
    where person_key <> {{ unknown_key() }}

),

seen_before_answering as (

    select
        person_key,
        'touch_seen' as interaction_kind,
        touch_key as record_key,
        interaction,
        'awareness' as funnel_stage,
        touched_at as interacted_at,
        cast(null as {{ dbt.type_string() }}) as source,
        channel,
        campaign_key,
        cast(null as {{ dbt.type_string() }}) as rep_key,
        cast(null as {{ dbt.type_string() }}) as opportunity_key
    from touches
    where person_key <> {{ unknown_key() }} and touched_at < proven_at

),

leads_created as (

    select
        person_key,
        'lead_created' as interaction_kind,
        lead_key as record_key,
        case when technique = 'inbound' then 'Lead Created Inbound' else 'Lead Created' end as interaction,
        case when technique = 'inbound' then 'interest' else 'awareness' end as funnel_stage,
        created_at as interacted_at,
        lead_source as source,
        channel,
        {{ unknown_key() }} as campaign_key,
        rep_key,
        cast(null as {{ dbt.type_string() }}) as opportunity_key
    from person_leads

),

leads_converted as (

    select
        person_key,
        'lead_converted' as interaction_kind,
        lead_key as record_key,
        'Lead Converted' as interaction,
        'interest' as funnel_stage,
        greatest(converted_at, created_at) as interacted_at,
        lead_source as source,
        channel,
        {{ unknown_key() }} as campaign_key,
        rep_key,
        converted_opportunity_key as opportunity_key
    from person_leads
    where is_converted

),

deals_created as (

    select
        person_key,
        'opportunity_created' as interaction_kind,
        lead_key as record_key,
        'Opportunity Created' as interaction,
        'decision' as funnel_stage,
        created_at as interacted_at,
        lead_source as source,
        channel,
        campaign_key,
        rep_key,
        opportunity_key
    from lead_deals

),

deals_won as (

    select
        person_key,
        'opportunity_won' as interaction_kind,
        lead_key as record_key,
        'Opportunity Won' as interaction,
        'action' as funnel_stage,
        won_at as interacted_at,
        lead_source as source,
        channel,
        campaign_key,
        rep_key,
        opportunity_key
    from lead_deals
    where is_won

),

own_records as (

    select * from leads_created
    union all
    select * from leads_converted
    union all
    select * from deals_created
    union all
    select * from deals_won

),

mapped_records as (

    select
        own_records.person_key,
        own_records.interaction_kind,
        own_records.record_key,
        own_records.interaction,
        coalesce(interactions.funnel_stage, own_records.funnel_stage) as funnel_stage,
        own_records.interacted_at,
        own_records.source,
        own_records.channel,
        own_records.campaign_key,
        own_records.rep_key,
        own_records.opportunity_key
    from own_records
    left join interactions on interactions.interaction = {{ fold('own_records.interaction') }}

),

all_interactions as (

    select * from proven_by_touches
    union all
    select * from seen_before_answering
    union all
    select * from mapped_records

),

person_interactions as (

    select
        md5(interaction_kind || '|' || record_key) as interaction_key,
        person_key,
        interaction_kind,
        interaction,
        funnel_stage,
        interacted_at,
        source,
        channel,
        campaign_key,
        rep_key,
        opportunity_key,
        {{ run_id() }} as _run_id
    from all_interactions
    where interacted_at is not null

)

select * from person_interactions
