{{ config(unique_key='web_sessions_key', indexes=[{'columns': ['web_sessions_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__web_sessions') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'session_date', 'channel', 'campaign']) }} as web_sessions_key,
        _account as source_account,
        session_date || '|' || channel || '|' || campaign as web_sessions_id,

        ---------- text
        {{ clean('channel') }} as source_channel,
        {{ clean('campaign') }} as campaign,

        ---------- numerics
        sessions,
        visitors,
        new_visitors,
        page_views,

        ---------- dates and timestamps
        session_date,
        updated_at as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
