{{ config(unique_key='touch_key', indexes=[{'columns': ['touch_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__campaign_member') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id']) }} as touch_key,
        _account as source_account,
        id as touch_id,
        {{ key(['_account', 'campaign_id']) }} as campaign_key,
        -- A member that was a lead keeps the lead's id beside the contact's after conversion.
        {{ key(['_account', 'contact_id']) }} as contact_key,
        {{ key(['_account', 'lead_id']) }} as lead_key,

        ---------- text
        cast(null as {{ dbt.type_string() }}) as email,
        {{ clean('status') }} as interaction,
        cast(null as {{ dbt.type_string() }}) as channel,

        ---------- dates and timestamps
        created_date as touched_at,
        -- Salesforce keeps only the day of the first response.
        first_responded_date as responded_date,
        cast(null as timestamp with time zone) as responded_at,
        system_modstamp as modified_at,

        ---------- state
        coalesce(has_responded, false) as has_responded,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
