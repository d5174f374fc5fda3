-- Each level's target against what the levels below it have to reach, and the reps without a goal.

{% set pairs = [('company', 'region'), ('company', 'team'), ('company', 'rep'), ('region', 'rep'), ('team', 'rep')] %}
{% set period_keys = 'measure, period_type, period_start' %}

with

attainment as (

    select * from {{ ref('goal_attainment') }}

),

goals as (

    select * from {{ ref('goals') }}
    where is_counted

),

reps as (

    select
        *,
        coalesce(team, 'unknown') as team_key,
        coalesce(region, 'unknown') as region_key,
        coalesce(role, 'unknown') as role_key
    from {{ ref('reps') }}

),

company as (

    select * from {{ ref('company') }}

),

periods as (

    select * from {{ ref('period_progress') }}

),

rep_targets as (

    select
        attainment.*,
        reps.role_key
    from attainment
    inner join reps on reps.rep_key = attainment.subject_key
    where attainment.level = 'rep' and attainment.target_amount is not null

),

set_periods as (

    select distinct {{ period_keys }} from rep_targets

),

role_goals as (

    select distinct role_key, period_end, {{ period_keys }} from rep_targets

),

expected as (

    -- A goal is to be expected of who has one, of who is employed and whose role's others have one, and of who achieves
    -- something that others have a goal for.
    select subject_key as rep_key, {{ period_keys }}
    from attainment
    inner join set_periods using ({{ period_keys }})
    where level = 'rep' and (target_amount is not null or actual_amount <> 0)

    union

    select reps.rep_key, role_goals.measure, role_goals.period_type, role_goals.period_start
    from role_goals
    inner join reps
        on
            reps.role_key = role_goals.role_key
            and (reps.hire_date is null or reps.hire_date < role_goals.period_end)
            and (reps.leave_date is null or reps.leave_date >= role_goals.period_start)
    where (reps.is_active or reps.leave_date is not null) and reps.rep_key <> {{ unknown_key() }}

),

people as (

    -- What nobody known achieved lacks no goal; what was assigned to nobody known is assigned.
    select
        expected.*,
        reps.team_key,
        reps.region_key,
        rep_targets.target_amount
    from expected
    inner join reps on reps.rep_key = expected.rep_key
    left join rep_targets
        on
            rep_targets.subject_key = expected.rep_key
            and rep_targets.measure = expected.measure
            and rep_targets.period_type = expected.period_type
            and rep_targets.period_start = expected.period_start
    where rep_targets.target_amount is not null or expected.rep_key <> {{ unknown_key() }}

),

children as (

    {% for level, child in pairs -%}
    select
        '{{ level }}' as level,
        {{ "'company'" if level == 'company' else level ~ '_key' }} as subject_key,
        '{{ child }}' as child_level,
        {{ period_keys }},
        target_amount
    from {{ 'people' if child == 'rep' else 'attainment' }}
    {%- if child != 'rep' %}
    where level = '{{ child }}' and (target_amount is not null or subject_key <> 'unknown')
    {%- endif %}
    {% if not loop.last -%}
    union all
    {% endif %}
    {%- endfor %}

),

links as (

    select
        parents.subject_level as level,
        parents.subject_key,
        linked.subject_level as child_level,
        parents.measure,
        parents.period_type,
        parents.period_start,
        count(*) as linked_goals,
        count(distinct linked.subject_key) as linked_subjects,
        sum(linked.target_amount) as linked_amount
    from goals as linked
    inner join goals as parents on parents.goal_key = linked.parent_goal_key
    where linked.measure = parents.measure and linked.subject_level <> parents.subject_level
    group by 1, 2, 3, 4, 5, 6

),

assigned as (

    select
        level,
        subject_key,
        child_level,
        {{ period_keys }},
        sum(target_amount) as assigned_amount,
        count(target_amount) as children_with_target,
        count(*) - count(target_amount) as children_without_target
    from children
    group by 1, 2, 3, 4, 5, 6

    union all

    -- No rep says which teams belong to a region: goals do, by their link.
    select
        level,
        subject_key,
        child_level,
        {{ period_keys }},
        linked_amount as assigned_amount,
        linked_subjects as children_with_target,
        0 as children_without_target
    from links
    where
        {%- for level, child in pairs %}
        not (level = '{{ level }}' and child_level = '{{ child }}')
        {%- if not loop.last %} and{% endif %}
        {%- endfor %}

),

set_above as (

    select
        attainment.level,
        attainment.subject_key,
        pairs.child_level,
        attainment.measure,
        attainment.period_type,
        attainment.period_start,
        attainment.target_amount
    from attainment
    inner join (
        values
        {%- for level, child in pairs %}
        ('{{ level }}', '{{ child }}'){% if not loop.last %},{% endif %}
        {%- endfor %}
    ) as pairs (level, child_level)
        on pairs.level = attainment.level
    where attainment.goals > 0

),

compared as (

    select
        level,
        subject_key,
        child_level,
        {{ period_keys }},
        coalesce(set_above.target_amount, linked_to.target_amount) as target_amount,
        assigned.assigned_amount,
        coalesce(assigned.children_with_target, 0) as children_with_target,
        coalesce(assigned.children_without_target, 0) as children_without_target
    from assigned
    full outer join set_above using (level, subject_key, child_level, {{ period_keys }})
    left join (
        select level, subject_key, {{ period_keys }}, target_amount
        from attainment
        where goals > 0
    ) as linked_to using (level, subject_key, {{ period_keys }})
    where
        assigned.assigned_amount is not null or set_above.target_amount is not null

    union all

    select
        'rep' as level,
        rep_key as subject_key,
        'none' as child_level,
        {{ period_keys }},
        target_amount,
        cast(null as numeric(20, 6)) as assigned_amount,
        0 as children_with_target,
        0 as children_without_target
    from people

),

judged as (

    select
        *,
        assigned_amount - target_amount as difference_amount,
        case
            when level <> 'rep' and target_amount is not null
                then greatest(target_amount - coalesce(assigned_amount, 0), 0)
        end as unassigned_amount,
        case when assigned_amount - target_amount is not null then greatest(assigned_amount - target_amount, 0) end
            as over_assigned_amount,
        case
            when level = 'rep' and target_amount is not null then 'has_goal'
            when level = 'rep' then 'without_goal'
            when target_amount is null then 'nothing_set'
            when assigned_amount is null then 'nothing_assigned'
            when assigned_amount - target_amount < -0.01 then 'under_assigned'
            when assigned_amount - target_amount > 0.01 then 'over_assigned'
            else 'aligned'
        end as alignment
    from compared

),

final as (

    select
        md5(
            judged.level || '|' || judged.subject_key || '|' || judged.child_level || '|' || judged.measure || '|'
            || judged.period_type || '|' || judged.period_start
        ) as alignment_key,
        judged.level,
        judged.subject_key,
        coalesce(
            reps.rep_name, case when judged.level = 'company' then company.company_name end, judged.subject_key
        ) as subject_name,
        reps.team,
        judged.child_level,
        judged.measure,
        judged.period_type,
        judged.period_start,
        periods.period_end,
        periods.period_name,
        judged.alignment,
        {{ money('judged.target_amount') }} as target_amount,
        {{ money('judged.assigned_amount') }} as assigned_amount,
        {{ money('judged.difference_amount') }} as difference_amount,
        {{ money('judged.unassigned_amount') }} as unassigned_amount,
        {{ money('judged.over_assigned_amount') }} as over_assigned_amount,
        {{ attainment('judged.assigned_amount', 'judged.target_amount') }} as assigned_share,
        cast(judged.children_with_target as integer) as children_with_target,
        cast(judged.children_without_target as integer) as children_without_target,
        cast(coalesce(links.linked_goals, 0) as integer) as linked_goals,
        {{ money('links.linked_amount') }} as linked_amount,
        periods.is_current,
        {{ run_id() }} as _run_id
    from judged
    inner join periods
        on periods.period_type = judged.period_type and periods.period_start = judged.period_start
    cross join company
    left join reps on judged.level = 'rep' and reps.rep_key = judged.subject_key
    left join links
        on
            links.level = judged.level
            and links.subject_key = judged.subject_key
            and links.child_level = judged.child_level
            and links.measure = judged.measure
            and links.period_type = judged.period_type
            and links.period_start = judged.period_start

)

select * from final
