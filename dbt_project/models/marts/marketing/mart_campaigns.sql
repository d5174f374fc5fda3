{{ config(alias='campaigns') }}

with

campaigns as (

    select * from {{ ref('campaigns') }}

),

touches as (

    select * from {{ ref('touches') }}

),

touched as (

    select
        campaign_key,
        count(*) as touches,
        count(distinct case when person_key <> {{ unknown_key() }} then person_key end) as people,
        count(*) filter (where has_responded) as responses
    from touches
    group by campaign_key

),

members as (

    select
        campaigns.campaign_key,
        campaigns.campaign_id,
        campaigns.source_account,
        campaigns.campaign_name,
        campaigns.channel,
        campaigns.status,
        campaigns.start_date,
        campaigns.end_date,
        campaigns.budgeted_cost,
        campaigns.actual_cost,
        campaigns.actual_cost_local,
        campaigns.currency_code,
        campaigns.rep_key,
        campaigns.created_at
    from campaigns

    union all

    select
        {{ unknown_key() }},
        'unknown',
        'unknown',
        'Unknown',
        cast(null as {{ dbt.type_string() }}),
        cast(null as {{ dbt.type_string() }}),
        cast(null as date),
        cast(null as date),
        cast(null as numeric(20, 6)),
        cast(null as numeric(20, 6)),
        cast(null as numeric(20, 6)),
        cast(null as {{ dbt.type_string() }}),
        {{ unknown_key() }},
        cast(null as timestamp with time zone)

)

select
    members.*,
    coalesce(touched.touches, 0) as touches,
    coalesce(touched.people, 0) as people,
    coalesce(touched.responses, 0) as responses,
    {{ run_id() }} as _run_id
from members
left join touched on touched.campaign_key = members.campaign_key
