{{ config(unique_key='activity_key', indexes=[{'columns': ['activity_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__task') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id']) }} as activity_key,
        _account as source_account,
        id as activity_id,
        {{ key(['_account', 'owner_id']) }} as owner_key,
        {{ key(['_account', 'account_id']) }} as account_key,
        -- What a polymorphic id refers to stands in its first three characters.
        case when who_id like '003%' then {{ key(['_account', 'who_id']) }} end as contact_key,
        case when who_id like '00Q%' then {{ key(['_account', 'who_id']) }} end as lead_key,
        case when what_id like '006%' then {{ key(['_account', 'what_id']) }} end as opportunity_key,

        ---------- text
        coalesce({{ clean('task_subtype') }}, 'Task') as source_type,
        {{ clean('subject') }} as subject,
        {{ clean('status') }} as status,

        ---------- dates and timestamps
        activity_date,
        cast(null as timestamp with time zone) as activity_at,
        created_date as created_at,
        system_modstamp as modified_at,

        ---------- state
        coalesce(is_closed, false) as is_completed,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
