-- Above the funnel of people: what was shown, clicked and visited by day and channel, without anybody's name.

with

ad_performance as (

    select * from {{ ref('ad_performance') }}

),

lead_sources as (

    select * from {{ ref('stg_company__lead_sources') }}

),

web_sessions as (

    {{ union_staging('web_sessions', [
        'source_channel', 'session_date', 'sessions', 'visitors', 'new_visitors', 'page_views', 'is_deleted',
    ]) }}

),

ads as (

    select
        performance_date as traffic_date,
        channel,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(cost) as cost
    from ad_performance
    group by performance_date, channel

),

visits as (

    select
        web_sessions.session_date as traffic_date,
        coalesce(lead_sources.channel, {{ word('web_sessions.source_channel') }}) as channel,
        sum(web_sessions.sessions) as sessions,
        sum(web_sessions.page_views) as page_views
    from web_sessions
    left join lead_sources on lead_sources.lead_source = {{ fold('web_sessions.source_channel') }}
    where not web_sessions.is_deleted
    group by 1, 2

),

final as (

    select
        traffic_date,
        channel,
        cast(ads.impressions as bigint) as impressions,
        cast(ads.clicks as bigint) as clicks,
        {{ money('ads.cost') }} as cost,
        cast(visits.sessions as bigint) as sessions,
        cast(visits.page_views as bigint) as page_views,
        cast({{ safe_divide('ads.clicks', 'ads.impressions') }} as numeric(38, 9)) as click_rate,
        {{ money(safe_divide('ads.cost', 'ads.clicks')) }} as cost_per_click,
        {{ run_id() }} as _run_id
    from ads
    full outer join visits using (traffic_date, channel)

)

select * from final
