-- Each goal's check-ins: due, held, overdue, and how the goal stood at the last one.

with

checkins as (

    select * from {{ ref('goal_checkins') }}

),

goals as (

    select * from {{ ref('goals') }}
    where goal_source = 'goal'

),

reps as (

    select * from {{ ref('reps') }}

),

company as (

    select * from {{ ref('company') }}

),

rated as (

    select
        goal_key,
        rating,
        lag(rating) over (partition by goal_key order by held_date, planned_date, checkin_key) as previous_rating,
        row_number() over (partition by goal_key order by held_date desc, planned_date desc, checkin_key desc) as latest_first
    from checkins
    where is_held and rating is not null

),

counted as (

    select
        goal_key,
        count(*) as checkins_planned,
        count(*) filter (where planned_date <= {{ as_of_date() }}) as checkins_due,
        count(*) filter (where is_held) as checkins_held,
        count(*) filter (where is_held and planned_date <= {{ as_of_date() }}) as due_checkins_held,
        count(*) filter (where is_held and held_date <= planned_date) as checkins_held_on_time,
        count(*) filter (where not is_held and planned_date < {{ as_of_date() }}) as checkins_overdue,
        min(planned_date) filter (where not is_held and planned_date < {{ as_of_date() }}) as overdue_since_date,
        max(held_date) filter (where is_held) as last_held_date,
        min(planned_date) filter (where not is_held and planned_date >= {{ as_of_date() }}) as next_planned_date,
        sum(greatest({{ days_between('planned_date', 'held_date') }}, 0)) filter (where is_held) as days_late
    from checkins
    group by goal_key

),

final as (

    select
        coalesce(goals.goal_key, counted.goal_key) as goal_key,
        goals.goal_id,
        goals.goal_key is not null as is_goal_known,
        goals.goal_name,
        goals.subject_level as level,
        goals.subject_key,
        coalesce(
            reps.rep_name,
            case when goals.subject_level = 'company' then company.company_name end,
            goals.subject_key
        ) as subject_name,
        goals.owner_rep_key,
        owners.rep_name as owner_name,
        goals.measure,
        goals.period_type,
        goals.period_start,
        goals.period_end,
        goals.period_name,
        goals.status,
        cast(coalesce(counted.checkins_planned, 0) as integer) as checkins_planned,
        cast(coalesce(counted.checkins_due, 0) as integer) as checkins_due,
        cast(coalesce(counted.checkins_held, 0) as integer) as checkins_held,
        cast(coalesce(counted.checkins_held_on_time, 0) as integer) as checkins_held_on_time,
        cast(coalesce(counted.checkins_overdue, 0) as integer) as checkins_overdue,
        {{ ratio(safe_divide('counted.due_checkins_held', 'counted.checkins_due')) }} as held_rate,
        {{ ratio(safe_divide('counted.checkins_held_on_time', 'counted.checkins_held')) }} as on_time_rate,
        {{ ratio(safe_divide('counted.days_late', 'counted.checkins_held')) }} as mean_days_late,
        counted.overdue_since_date,
        counted.last_held_date,
        counted.next_planned_date,
        rated.rating as last_rating,
        rated.previous_rating,
        case
            when counted.checkins_overdue > 0 then 'overdue'
            when counted.goal_key is null then 'none_planned'
            when counted.next_planned_date is not null then 'on_track'
            else 'done'
        end as review_state,
        {{ run_id() }} as _run_id
    from goals
    full outer join counted on counted.goal_key = goals.goal_key
    cross join company
    left join rated on rated.goal_key = counted.goal_key and rated.latest_first = 1
    left join reps on goals.subject_level = 'rep' and reps.rep_key = goals.subject_key
    left join reps as owners on owners.rep_key = goals.owner_rep_key

)

select * from final
