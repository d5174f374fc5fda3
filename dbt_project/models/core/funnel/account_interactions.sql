-- What shows how far an account has come: what its people did, and its own deals.

with

person_interactions as (

    select * from {{ ref('person_interactions') }}

),

people as (

    select * from {{ ref('people') }}

),

opportunities as (

    select * from {{ ref('opportunities') }}
    where not is_deleted

),

by_people as (

    select
        interactions.interaction_key,
        people.account_key,
        interactions.interaction,
        interactions.funnel_stage,
        interactions.interacted_at,
        interactions.source,
        interactions.channel,
        interactions.campaign_key,
        interactions.opportunity_key
    from person_interactions as interactions
    inner join people on people.person_key = interactions.person_key
    where people.account_key is not null

),

deals_created as (

    select
        md5('account_opportunity_created|' || opportunity_key) as interaction_key,
        account_key,
        'Opportunity Created' as interaction,
        'decision' as funnel_stage,
        created_at as interacted_at,
        lead_source as source,
        channel,
        campaign_key,
        opportunity_key
    from opportunities

),

deals_won as (

    select
        md5('account_opportunity_won|' || opportunity_key) as interaction_key,
        account_key,
        'Opportunity Won' as interaction,
        'action' as funnel_stage,
        greatest({{ day_start('close_date') }}, created_at) as interacted_at,
        lead_source as source,
        channel,
        campaign_key,
        opportunity_key
    from opportunities
    where is_won

),

account_interactions as (

    select * from by_people
    union all
    select * from deals_created
    union all
    select * from deals_won

)

select * from account_interactions
where account_key <> {{ unknown_key() }} and interacted_at is not null
