{{ config(unique_key='goal_key', indexes=[{'columns': ['goal_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__goals') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'goal_id']) }} as goal_key,
        _account as source_account,
        goal_id,
        {{ key(['coalesce(parent_goal_id__account, _account)', 'parent_goal_id']) }} as parent_goal_key,
        {{ key(['coalesce(rep_id__account, _account)', 'rep_id']) }} as rep_identity_key,
        {{ key(['coalesce(owner_id__account, _account)', 'owner_id']) }} as owner_identity_key,

        ---------- text
        {{ clean('goal_name') }} as goal_name,
        {{ clean('description') }} as description,
        {{ fold('subject_level') }} as subject_level,
        {{ clean('subject_name') }} as subject_name,
        {{ fold('measure') }} as measure,
        {{ fold('period_type') }} as period_type,
        upper({{ clean('currency_code') }}) as currency_code,
        {{ fold('status') }} as status,

        ---------- numerics
        target_amount,

        ---------- dates and timestamps
        period_start,
        created_at,
        updated_at as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
