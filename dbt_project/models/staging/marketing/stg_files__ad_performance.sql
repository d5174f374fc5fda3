{{ config(unique_key='ad_performance_key', indexes=[{'columns': ['ad_performance_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__ad_performance') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'performance_date', 'channel', 'campaign']) }} as ad_performance_key,
        _account as source_account,
        performance_date || '|' || channel || '|' || campaign as ad_performance_id,
        {{ key(['coalesce(campaign_id__account, _account)', 'campaign_id']) }} as campaign_key,

        ---------- text
        {{ clean('channel') }} as source_channel,
        {{ clean('campaign') }} as campaign,
        upper({{ clean('currency_code') }}) as currency_code,

        ---------- numerics
        impressions,
        clicks,
        cost,

        ---------- dates and timestamps
        performance_date,
        updated_at as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
