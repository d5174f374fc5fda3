with

staged as (

    {{ union_staging('goal_checkins', [
        'checkin_key', 'source_account', 'checkin_id', 'goal_key', 'reviewer_identity_key', 'rating', 'note',
        'planned_date', 'held_date', 'is_deleted',
    ]) }}

),

goals as (

    select * from {{ ref('goals') }}

),

rep_identities as (

    select * from {{ ref('rep_identities') }}

),

final as (

    select
        staged.checkin_key,
        staged.source_account,
        staged.checkin_id,
        staged.goal_key,
        goals.goal_key is not null as is_goal_known,
        rep_identities.rep_key as reviewer_rep_key,
        staged.planned_date,
        staged.held_date,
        -- Nobody can have held a talk that lies ahead.
        staged.held_date is not null and staged.held_date <= {{ as_of_date() }} as is_held,
        cast(staged.rating as integer) as rating,
        staged.note,
        {{ run_id() }} as _run_id
    from staged
    left join goals on goals.goal_key = staged.goal_key
    left join rep_identities on rep_identities.identity_key = staged.reviewer_identity_key
    where not staged.is_deleted

)

select * from final
