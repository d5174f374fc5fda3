-- What a goal can be held against: the subject's own best of the eight completed periods before it, and its peers'.

with

attainment as (

    select * from {{ ref('goal_attainment') }}

),

goals as (

    select * from {{ ref('goals') }}
    where period_number is not null and target_amount is not null

),

reps as (

    select * from {{ ref('reps') }}

),

periods as (

    select * from {{ ref('period_progress') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

current_periods as (

    select
        period_type,
        max(period_number) as period_number
    from periods
    where is_current
    group by period_type

),

asked as (

    -- The first period that is no history to the goal: its own, or the current one where the goal lies ahead.
    select distinct
        goals.subject_level as level,
        goals.measure,
        goals.period_type,
        least(goals.period_number, current_periods.period_number) as reference_number
    from goals
    inner join current_periods on current_periods.period_type = goals.period_type

),

results as materialized (

    -- Materialized: taken apart, the planner puts the reps last and compares each of them with each row.
    select
        attainment.level,
        attainment.subject_key,
        coalesce(reps.role, 'unknown') as peer_group,
        attainment.measure,
        attainment.period_type,
        periods.period_number,
        attainment.actual_amount
    from attainment
    inner join periods
        on periods.period_type = attainment.period_type and periods.period_start = attainment.period_start
    left join reps on attainment.level = 'rep' and reps.rep_key = attainment.subject_key
    where
        not periods.is_current and not periods.is_future and attainment.actual_amount is not null
        and attainment.subject_key not in ('unknown', {{ unknown_key() }})

),

looked_at as (

    select
        results.*,
        asked.reference_number
    from results
    cross join (values (1), (2), (3), (4), (5), (6), (7), (8)) as ahead (periods)
    inner join asked
        on
            asked.level = results.level
            and asked.measure = results.measure
            and asked.period_type = results.period_type
            and asked.reference_number = results.period_number + ahead.periods

),

own as (

    select
        level,
        subject_key,
        peer_group,
        measure,
        period_type,
        reference_number,
        count(*) as own_periods,
        {{ money('max(actual_amount)') }} as own_best_amount,
        {{ median('actual_amount') }} as own_median_amount
    from looked_at
    group by 1, 2, 3, 4, 5, 6

),

peers as (

    -- Periods of all of the same level (and role): one is among one's peers.
    select
        level,
        peer_group,
        measure,
        period_type,
        reference_number,
        count(*) as peer_periods,
        count(distinct subject_key) as peer_subjects,
        cast({{ percentile('actual_amount', 0.9) }} as numeric(20, 6)) as peer_p90_amount
    from looked_at
    group by 1, 2, 3, 4, 5

),

final as (

    select
        goals.goal_key,
        cast(coalesce(own.own_periods, 0) as integer) as own_periods,
        own.own_best_amount,
        own.own_median_amount,
        cast(coalesce(peers.peer_periods, 0) as integer) as peer_periods,
        cast(coalesce(peers.peer_subjects, 0) as integer) as peer_subjects,
        peers.peer_p90_amount,
        {{ run_id() }} as _run_id
    from goals
    inner join current_periods on current_periods.period_type = goals.period_type
    left join reps on goals.subject_level = 'rep' and reps.rep_key = goals.subject_key
    left join own
        on
            own.level = goals.subject_level
            and own.subject_key = goals.subject_key
            and own.measure = goals.measure
            and own.period_type = goals.period_type
            and own.reference_number = least(goals.period_number, current_periods.period_number)
    left join peers
        on
            peers.level = goals.subject_level
            and peers.peer_group = coalesce(reps.role, 'unknown')
            and peers.measure = goals.measure
            and peers.period_type = goals.period_type
            and peers.reference_number = least(goals.period_number, current_periods.period_number)

)

select * from final
