-- What is to be reached at each level: goals as they were set; where none is, what the levels below add up to.

{% set types = fiscal_period_types() %}

with

goals as (

    select * from {{ ref('goals') }}
    where is_counted

),

reps as (

    select
        rep_key,
        coalesce(team, 'unknown') as team,
        coalesce(region, 'unknown') as region
    from {{ ref('reps') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(types) }})

),

stated as (

    -- Several goals of one subject, measure and period are parts of one target; goal_quality names them.
    select
        subject_level as level,
        subject_key,
        measure,
        period_type,
        period_start,
        sum(target_amount) as amount,
        count(*) as goals
    from goals
    where goal_source = 'goal'
    group by 1, 2, 3, 4, 5

),

quota_months as (

    select
        'rep' as level,
        subject_key,
        measure,
        period_type,
        period_start,
        target_amount as amount,
        given_amount as full_amount,
        'quota' as basis
    from goals
    where goal_source = 'quota'

),

{% for type in types -%}
rep_{{ type }} as (

    {{ goal_targets_of(
        "level = 'rep'", type, none if loop.first else 'rep_' ~ types[loop.index0 - 1],
        'quota_months' if loop.first else none
    ) }}

),

{% endfor -%}

rep_targets as (

    {% for type in types -%}
    select * from rep_{{ type }}
    {% if not loop.last -%}
    union all
    {% endif %}
    {%- endfor %}

),

of_reps as (

    {% for level, subject in goal_groups().items() -%}
    select
        '{{ level }}' as level,
        {{ subject }} as subject_key,
        rep_targets.measure,
        rep_targets.period_type,
        rep_targets.period_start,
        sum(rep_targets.amount) as amount,
        case when min(rep_targets.basis) = 'quota' and max(rep_targets.basis) = 'quota' then 'quota' else 'reps' end as basis
    from rep_targets
    inner join reps on reps.rep_key = rep_targets.subject_key
    group by 1, 2, 3, 4, 5
    {% if not loop.last -%}
    union all
    {% endif %}
    {%- endfor %}

),

{% for type in types -%}
group_{{ type }} as (

    {{ goal_targets_of("level <> 'rep'", type, none if loop.first else 'group_' ~ types[loop.index0 - 1], 'of_reps') }}

),

{% endfor -%}

targets as (

    select * from rep_targets
    {%- for type in types %}
    union all
    select * from group_{{ type }}
    {%- endfor %}

),

rep_quotas as (

    select
        quota_months.subject_key as rep_key,
        quota_months.measure,
        period_days.period_type,
        period_days.period_start,
        sum(quota_months.amount) as amount,
        sum(quota_months.full_amount) as full_amount
    from quota_months
    inner join period_days on period_days.calendar_date = quota_months.period_start
    group by 1, 2, 3, 4

),

quota_sums as (

    select
        'rep' as level,
        rep_key as subject_key,
        measure,
        period_type,
        period_start,
        amount,
        full_amount
    from rep_quotas
    {%- for level, subject in goal_groups().items() %}

    union all

    select
        '{{ level }}' as level,
        {{ subject }} as subject_key,
        rep_quotas.measure,
        rep_quotas.period_type,
        rep_quotas.period_start,
        sum(rep_quotas.amount) as amount,
        sum(rep_quotas.full_amount) as full_amount
    from rep_quotas
    inner join reps on reps.rep_key = rep_quotas.rep_key
    group by 1, 2, 3, 4, 5
    {%- endfor %}

),

final as (

    select
        targets.level,
        targets.subject_key,
        targets.measure,
        targets.period_type,
        targets.period_start,
        {{ money('targets.amount') }} as target_amount,
        targets.basis as target_basis,
        cast(targets.goals as integer) as goals,
        targets.has_own as is_set_here,
        {{ money('quota_sums.amount') }} as quota_amount,
        {{ money('quota_sums.full_amount') }} as full_quota_amount,
        {{ run_id() }} as _run_id
    from targets
    left join quota_sums
        on
            quota_sums.level = targets.level
            and quota_sums.subject_key = targets.subject_key
            and quota_sums.measure = targets.measure
            and quota_sums.period_type = targets.period_type
            and quota_sums.period_start = targets.period_start

)

select * from final
