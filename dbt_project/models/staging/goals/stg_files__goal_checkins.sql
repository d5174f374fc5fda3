{{ config(unique_key='checkin_key', indexes=[{'columns': ['checkin_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__goal_checkins') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'checkin_id']) }} as checkin_key,
        _account as source_account,
        checkin_id,
        {{ key(['coalesce(goal_id__account, _account)', 'goal_id']) }} as goal_key,
        {{ key(['coalesce(reviewer_id__account, _account)', 'reviewer_id']) }} as reviewer_identity_key,

        ---------- text
        {{ clean('note') }} as note,

        ---------- numerics
        rating,

        ---------- dates and timestamps
        planned_date,
        held_date,
        updated_at as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
