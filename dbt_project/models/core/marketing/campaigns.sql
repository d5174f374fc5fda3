with

campaigns as (

    {{ union_staging('campaigns', [
        'campaign_key', 'source_account', 'campaign_id', 'owner_key', 'campaign_name', 'channel', 'status',
        'currency_code', 'budgeted_cost', 'actual_cost', 'start_date', 'end_date', 'created_at', 'is_deleted',
    ]) }}

),

company as (

    select * from {{ ref('company') }}

),

in_currency as (

    select
        campaigns.*,
        upper(coalesce(campaigns.currency_code, company.currency_code)) as cost_currency
    from campaigns
    cross join company
    where not campaigns.is_deleted

),

lead_sources as (

    select * from {{ ref('stg_company__lead_sources') }}

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
        campaigns.channel as source_channel,
        coalesce(lead_sources.channel, {{ word('campaigns.channel') }}) as channel,
        campaigns.status,
        campaigns.start_date,
        campaigns.end_date,
        {{ converted('campaigns.budgeted_cost', 'rates', 'campaigns.cost_currency') }} as budgeted_cost,
        {{ converted('campaigns.actual_cost', 'rates', 'campaigns.cost_currency') }} as actual_cost,
        campaigns.actual_cost as actual_cost_local,
        campaigns.cost_currency as currency_code,
        {{ or_unknown('rep_identities.rep_key') }} as rep_key,
        campaigns.created_at
    from in_currency as campaigns
    left join rep_identities on rep_identities.identity_key = campaigns.owner_key
    left join lead_sources on lead_sources.lead_source = {{ fold('campaigns.channel') }}
    {{ join_rate('rates', 'campaigns.cost_currency', 'coalesce(campaigns.start_date, cast(campaigns.created_at as date))') }}

)

select * from conformed
