{{ config(unique_key='touch_key', indexes=[{'columns': ['touch_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__touches') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'touch_id']) }} as touch_key,
        _account as source_account,
        touch_id,
        {{ key(['coalesce(campaign_id__account, _account)', 'campaign_id']) }} as campaign_key,
        {{ key(['coalesce(contact_id__account, _account)', 'contact_id']) }} as contact_key,
        {{ key(['coalesce(lead_id__account, _account)', 'lead_id']) }} as lead_key,

        ---------- text
        {{ clean('email') }} as email,
        {{ clean('interaction') }} as interaction,
        {{ clean('channel') }} as channel,

        ---------- dates and timestamps
        touched_at,
        cast(null as date) as responded_date,
        cast(null as timestamp with time zone) as responded_at,
        updated_at as modified_at,

        ---------- state
        coalesce(has_responded, false) as has_responded,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
