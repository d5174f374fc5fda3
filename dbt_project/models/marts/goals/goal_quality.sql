-- Which of five tests each goal fails, and why: specific, measurable, attainable, relevant, time-bound.

with

goals as (

    select * from {{ ref('goals') }}

),

goal_history as (

    select * from {{ ref('goal_history') }}

),

reps as (

    select * from {{ ref('reps') }}

),

company as (

    select * from {{ ref('company') }}

),

set_goals as (

    select * from goals
    where goal_source = 'goal' and is_counted

),

twins as (

    select
        subject_level,
        subject_key,
        measure,
        period_type,
        period_start,
        count(*) as goals
    from set_goals
    group by 1, 2, 3, 4, 5
    having count(*) > 1

),

above as (

    -- A quota names no parent: what it serves is a goal of its measure that was set for the rep's team, region or company.
    {% for level, subject in goal_groups().items() -%}
    select quotas.goal_key
    from goals as quotas
    inner join reps on reps.rep_key = quotas.subject_key
    inner join set_goals
        on
            set_goals.subject_level = '{{ level }}'
            and set_goals.subject_key = {{ subject }}
            and set_goals.measure = quotas.measure
            and set_goals.period_start <= quotas.period_start
            and set_goals.period_end >= quotas.period_end
    where quotas.goal_source = 'quota'
    {% if not loop.last -%}
    union
    {% endif %}
    {%- endfor %}

),

described as (

    select
        goals.*,
        coalesce(reps.rep_name, case when goals.subject_level = 'company' then company.company_name end, goals.subject_key)
            as subject_name,
        coalesce(twins.goals, 1) - 1 as twin_goals,
        parents.goal_key is not null as is_parent_known,
        parents.goal_id as parent_goal_id,
        parents.status as parent_status,
        {{ level_rank('parents.subject_level') }} < {{ level_rank('goals.subject_level') }} as is_parent_below,
        goals.period_start < parents.period_start or goals.period_end > parents.period_end as is_outside_parent,
        above.goal_key is not null as has_goal_above,
        goal_history.own_periods,
        goal_history.own_best_amount,
        goal_history.own_median_amount,
        goal_history.peer_subjects,
        goal_history.peer_p90_amount,
        goal_history.own_periods >= 3 as is_own_history_enough,
        goal_history.peer_subjects >= company.minimum_cases as is_peer_history_enough
    from goals
    cross join company
    left join goal_history on goal_history.goal_key = goals.goal_key
    left join goals as parents on parents.goal_key = goals.parent_goal_key
    left join above on above.goal_key = goals.goal_key
    left join reps on goals.subject_level = 'rep' and reps.rep_key = goals.subject_key
    left join twins
        on
            goals.goal_source = 'goal' and goals.is_counted
            and twins.subject_level = goals.subject_level
            and twins.subject_key = goals.subject_key
            and twins.measure = goals.measure
            and twins.period_type = goals.period_type
            and twins.period_start = goals.period_start

),

evidence as (

    -- What speaks against a goal; null where nothing does.
    select
        *,
        case
            when not is_subject_known then 'nobody knows whose it is'
            when goal_source = 'goal' and coalesce(goal_name, description) is null then 'says nothing of what is to be achieved'
            when twin_goals > 0 then 'one of several of the same subject, measure and period'
        end as against_specific,
        case
            when measure is null then 'names no measure'
            when measure not in ({{ quoted(goal_measures()) }}) then 'nothing counts its measure'
            when given_amount is null then 'has no target'
            when given_amount <= 0 then 'its target is nothing'
        end as against_measurable,
        case
            when is_own_history_enough or is_peer_history_enough
                then greatest(
                    case when is_own_history_enough then {{ money('own_best_amount * ' ~ goal_stretch()) }} end,
                    case when is_peer_history_enough then peer_p90_amount end
                )
        end as attainable_amount,
        case
            when goal_source = 'quota' and has_goal_above then null
            when goal_source = 'quota' then 'no goal of its measure is set above it'
            when parent_goal_key is null and subject_level = 'company' then null
            when parent_goal_key is null then 'names no goal it serves'
            when parent_goal_key = goal_key then 'names itself as its parent'
            when not is_parent_known then 'the goal it serves is not there'
            when parent_status in ('draft', 'cancelled') then 'the goal it serves is ' || parent_status
            when is_parent_below then 'the goal it serves is of a level below'
            when is_outside_parent then 'its period is not within that of the goal it serves'
        end as against_relevant,
        case
            when given_date is null then 'names no period'
            when period_start is null then 'its date is outside the calendar'
        end as against_time_bound
    from described

),

tested as (

    select
        *,
        against_specific is null as is_specific,
        against_measurable is null as is_measurable,
        case when target_amount is not null then target_amount <= attainable_amount end as is_attainable,
        against_relevant is null as is_relevant,
        against_time_bound is null as is_time_bound
    from evidence

),

final as (

    select
        goal_key,
        goal_source,
        goal_id,
        goal_name,
        subject_level as level,
        subject_key,
        subject_name,
        owner_rep_key,
        measure,
        period_type,
        period_start,
        period_end,
        period_name,
        status,
        {{ money('target_amount') }} as target_amount,
        is_specific,
        coalesce(against_specific, 'whose it is, and what is to be achieved, is clear') as specific_evidence,
        is_measurable,
        coalesce(against_measurable, 'a measure that is counted, and a target') as measurable_evidence,
        is_attainable,
        case
            when target_amount is null then 'has no target'
            when attainable_amount is null then 'too little history of its own and of peers'
            when is_attainable then 'within reach of history'
            else 'beyond its own best and its peers'
        end as attainable_evidence,
        {{ money('attainable_amount') }} as attainable_amount,
        own_best_amount,
        own_median_amount,
        cast(coalesce(own_periods, 0) as integer) as own_periods,
        peer_p90_amount,
        cast(coalesce(peer_subjects, 0) as integer) as peer_subjects,
        {{ attainment('target_amount', 'own_median_amount') }} as stretch,
        is_relevant,
        coalesce(
            against_relevant,
            case
                when goal_source = 'quota' then 'a goal of its measure is set above it'
                when parent_goal_key is null then 'the top'
                else 'serves goal ' || parent_goal_id
            end
        ) as relevant_evidence,
        is_time_bound,
        coalesce(against_time_bound, period_name) as time_bound_evidence,
        cast(
            case when is_specific then 1 else 0 end + case when is_measurable then 1 else 0 end
            + case when is_attainable then 1 else 0 end + case when is_relevant then 1 else 0 end
            + case when is_time_bound then 1 else 0 end as integer
        ) as tests_passed,
        nullif(concat_ws(
            ', ',
            case when not is_specific then 'specific' end,
            case when not is_measurable then 'measurable' end,
            case when not is_attainable then 'attainable' end,
            case when not is_relevant then 'relevant' end,
            case when not is_time_bound then 'time-bound' end
        ), '') as failed_tests,
        {{ run_id() }} as _run_id
    from tested

)

select * from final
