{{ config(unique_key='activity_key', indexes=[{'columns': ['activity_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__activities') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'activity_id']) }} as activity_key,
        _account as source_account,
        activity_id,
        {{ key(['coalesce(owner_id__account, _account)', 'owner_id']) }} as owner_key,
        {{ key(['coalesce(account_id__account, _account)', 'account_id']) }} as account_key,
        {{ key(['coalesce(contact_id__account, _account)', 'contact_id']) }} as contact_key,
        {{ key(['coalesce(lead_id__account, _account)', 'lead_id']) }} as lead_key,
        {{ key(['coalesce(opportunity_id__account, _account)', 'opportunity_id']) }} as opportunity_key,

        ---------- text
        coalesce({{ clean('activity_type') }}, 'unknown') as source_type,
        {{ clean('subject') }} as subject,
        {{ clean('status') }} as status,

        ---------- dates and timestamps
        cast(null as date) as activity_date,
        activity_at,
        created_at,
        updated_at as modified_at,

        ---------- state
        is_completed,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
