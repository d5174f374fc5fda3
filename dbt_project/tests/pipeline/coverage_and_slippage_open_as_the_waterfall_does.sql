{# What was due as a period began is the opening of scope target, and coverage now is the one of the KPIs. Foreign balances
   are converted at once there and by the deal here: a cent for the digits after it. #}
with

movements as (

    select
        rep_key as subject_key,
        period_type,
        period_start,
        sum(opening_deals) as opening_deals,
        sum(opening_amount) as opening_amount
    from {{ ref('pipeline_movements') }}
    where scope = 'target' and basis = 'gross' and period_type in ({{ quoted(fiscal_period_types()) }})
    group by 1, 2, 3
    having sum(opening_deals) > 0

),

slippage as (

    select * from {{ ref('pipeline_slippage') }}
    where level = 'rep' and opening_deals > 0

),

coverage as (

    select * from {{ ref('pipeline_coverage') }}
    where level = 'rep'

),

validation_errors as (

    select
        'slippage' as mart,
        subject_key,
        period_type,
        period_start
    from movements
    full outer join slippage using (subject_key, period_type, period_start)
    where movements.opening_deals is distinct from slippage.opening_deals
        or abs(movements.opening_amount - slippage.opening_amount) > 0.01

    union all

    select
        'coverage',
        movements.subject_key,
        movements.period_type,
        movements.period_start
    from movements
    left join coverage
        on coverage.subject_key = movements.subject_key
        and coverage.period_type = movements.period_type
        and coverage.period_start = movements.period_start
    where coverage.opening_amount is distinct from movements.opening_amount

    union all

    select
        'coverage now',
        coverage.subject_key,
        coverage.period_type,
        coverage.period_start
    from coverage
    inner join {{ ref('kpi_rep_period') }} as kpi
        on kpi.rep_key = coverage.subject_key
        and kpi.period_type = coverage.period_type
        and kpi.period_start = coverage.period_start
    where coverage.is_current and (
        kpi.coverage is distinct from coverage.coverage or kpi.open_amount is distinct from coverage.open_amount
    )

)

select * from validation_errors
