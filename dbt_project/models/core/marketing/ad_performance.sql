with

staged as (

    {{ union_staging('ad_performance', [
        'ad_performance_key', 'source_account', 'campaign_key', 'source_channel', 'campaign', 'currency_code',
        'impressions', 'clicks', 'cost', 'performance_date', 'is_deleted',
    ]) }}

),

company as (

    select * from {{ ref('company') }}

),

lead_sources as (

    select * from {{ ref('stg_company__lead_sources') }}

),

live as (

    select
        staged.*,
        coalesce(staged.currency_code, company.currency_code) as cost_currency
    from staged
    cross join company
    where not staged.is_deleted

),

final as (

    select
        live.ad_performance_key,
        live.source_account,
        live.campaign_key,
        live.source_channel,
        coalesce(lead_sources.channel, {{ word('live.source_channel') }}) as channel,
        live.campaign,
        live.performance_date,
        live.impressions,
        live.clicks,
        live.cost_currency as currency_code,
        live.cost as cost_local,
        {{ converted('live.cost', 'rates', 'live.cost_currency') }} as cost,
        {{ run_id() }} as _run_id
    from live
    left join lead_sources on lead_sources.lead_source = {{ fold('live.source_channel') }}
    {{ join_rate('rates', 'live.cost_currency', 'live.performance_date') }}

)

select * from final
