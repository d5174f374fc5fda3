-- Target, actual, pace and likely landing per rep, team, region and the company, by measure and fiscal period.

with

goal_targets as (

    select * from {{ ref('goal_targets') }}

),

goal_actuals as (

    select * from {{ ref('goal_actuals') }}
    where measure = 'bookings' or measure in (select targets.measure from {{ ref('goal_targets') }} as targets)

),

goal_curve as (

    select * from {{ ref('goal_curve') }}

),

reps as (

    select
        rep_key,
        rep_name,
        coalesce(team, 'unknown') as team,
        coalesce(region, 'unknown') as region
    from {{ ref('reps') }}

),

company as (

    select * from {{ ref('company') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

period_progress as (

    select * from {{ ref('period_progress') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

periods as (

    select * from {{ ref('periods') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

{% for level in ['team', 'region'] -%}
{{ level }}_deals as (

    -- A deal counts once, at most at its whole amount, however many of the {{ level }}'s reps are credited.
    select
        goal_actuals.measure,
        reps.{{ level }},
        goal_actuals.actual_date,
        {{ credited_once('goal_actuals.whole_amount', 'goal_actuals.amount') }} as amount
    from goal_actuals
    inner join reps on reps.rep_key = goal_actuals.rep_key
    group by goal_actuals.measure, reps.{{ level }}, goal_actuals.actual_date, goal_actuals.deal_key

),

{% endfor -%}

actual_days as (

    select
        'rep' as level,
        rep_key as subject_key,
        measure,
        actual_date,
        sum(amount) as amount
    from goal_actuals
    group by 1, 2, 3, 4
    {%- for level in ['team', 'region'] %}

    union all

    select
        '{{ level }}' as level,
        {{ level }} as subject_key,
        measure,
        actual_date,
        sum(amount) as amount
    from {{ level }}_deals
    group by 1, 2, 3, 4
    {%- endfor %}

    union all

    select
        'company' as level,
        'company' as subject_key,
        measure,
        actual_date,
        sum(amount) as amount
    from goal_actuals
    where not is_overlay
    group by 1, 2, 3, 4

),

actuals as (

    select
        actual_days.level,
        actual_days.subject_key,
        actual_days.measure,
        period_days.period_type,
        period_days.period_start,
        sum(actual_days.amount) as actual_amount
    from actual_days
    inner join period_days on period_days.calendar_date = actual_days.actual_date
    group by 1, 2, 3, 4, 5

),

combined as (

    select
        level,
        subject_key,
        measure,
        period_type,
        period_start,
        goal_targets.target_amount,
        goal_targets.target_basis,
        goal_targets.goals,
        goal_targets.quota_amount,
        goal_targets.full_quota_amount,
        -- What nothing counts is not zero.
        case when measure in ({{ quoted(goal_measures()) }}) then coalesce(actuals.actual_amount, 0) end as actual_amount
    from goal_targets
    full outer join actuals using (level, subject_key, measure, period_type, period_start)

),

paced as (

    select
        combined.*,
        period_progress.period_end,
        period_progress.period_name,
        period_progress.business_days_total,
        period_progress.business_days_elapsed,
        period_progress.is_current,
        {{ attainment('combined.actual_amount', 'combined.target_amount') }} as attainment,
        case
            when not period_progress.is_current or period_progress.business_days_elapsed = 0
                then period_progress.elapsed_share
            else coalesce(goal_curve.expected_share, period_progress.elapsed_share)
        end as expected_share,
        case
            when period_progress.is_current and period_progress.business_days_elapsed > 0
                and goal_curve.expected_share is not null then 'seasonal'
            else 'business_days'
        end as expected_share_basis
    from combined
    inner join period_progress using (period_type, period_start)
    left join goal_curve
        on goal_curve.measure = combined.measure and goal_curve.period_type = combined.period_type

),

to_date as (

    -- The year so far, over the periods that have a target: a result before the first target is nobody's attainment.
    select
        paced.*,
        sum(paced.target_amount) over so_far as year_to_date_target_amount,
        sum(case when paced.target_amount is not null then paced.actual_amount end) over so_far
            as year_to_date_actual_amount
    from paced
    inner join periods on periods.period_type = paced.period_type and periods.period_start = paced.period_start
    window so_far as (
        partition by paced.level, paced.subject_key, paced.measure, paced.period_type, periods.fiscal_year_start
        order by paced.period_start
    )

),

projected as (

    select
        *,
        {{ attainment('year_to_date_actual_amount', 'year_to_date_target_amount') }} as year_to_date_attainment,
        {{ attainment('attainment', 'expected_share') }} as pace,
        {{ safe_divide('actual_amount', 'expected_share') }} as projected_amount,
        case when actual_amount is not null then greatest(target_amount - actual_amount, target_amount * 0) end
            as remaining_amount
    from to_date

),

final as (

    select
        md5(
            projected.level || '|' || projected.subject_key || '|' || projected.measure || '|' || projected.period_type
            || '|' || projected.period_start
        ) as goal_key,
        projected.level,
        projected.subject_key,
        coalesce(reps.rep_name, case when projected.level = 'company' then company.company_name end, projected.subject_key)
            as subject_name,
        projected.measure,
        projected.period_type,
        projected.period_start,
        projected.period_end,
        projected.period_name,
        {{ money('projected.target_amount') }} as target_amount,
        {{ money('projected.actual_amount') }} as actual_amount,
        projected.attainment,
        projected.target_basis,
        cast(coalesce(projected.goals, 0) as integer) as goals,
        {{ money('projected.quota_amount') }} as quota_amount,
        {{ money('projected.full_quota_amount') }} as full_quota_amount,
        {{ money('projected.year_to_date_target_amount') }} as year_to_date_target_amount,
        {{ money('projected.year_to_date_actual_amount') }} as year_to_date_actual_amount,
        projected.year_to_date_attainment,
        {{ ratio('projected.expected_share') }} as expected_share,
        projected.expected_share_basis,
        projected.pace,
        {{ money('projected.projected_amount') }} as projected_amount,
        {{ money('projected.remaining_amount') }} as remaining_amount,
        cast(projected.business_days_total as integer) as business_days_total,
        cast(projected.business_days_elapsed as integer) as business_days_elapsed,
        {{ money(safe_divide(
            'projected.remaining_amount', '(projected.business_days_total - projected.business_days_elapsed)'
        )) }} as needed_per_business_day,
        projected.is_current,
        {{ run_id() }} as _run_id
    from projected
    cross join company
    left join reps on projected.level = 'rep' and reps.rep_key = projected.subject_key

)

select * from final
