with

campaigns as (

    {{ union_staging('campaigns', [
        'campaign_key', 'source_account', 'campaign_id', 'owner_key', 'campaign_name', 'channel', 'status',
        'currency_code', 'budgeted_cost', 'actual_cost', 'start_date', 'end_date', 'created_at', 'is_deleted',
    ]) }}

),

rep_identities as (

    select * from {{ ref('rep_identities') }}

),

conformed as (

    select
        campaigns.campaign_key,
        campaigns.source_account,
        campaigns.campaign_id,
        campaigns.campaign_name,
        campaigns.channel,
        campaigns.status,
        campaigns.start_date,
        campaigns.end_date,
        campaigns.budgeted_cost,
        campaigns.actual_cost,
        campaigns.currency_code,
        {{ or_unknown('rep_identities.rep_key') }} as rep_key,
        campaigns.created_at
    from campaigns
    left join rep_identities on rep_identities.identity_key = campaigns.owner_key
    where not campaigns.is_deleted

)

select * from conformed
