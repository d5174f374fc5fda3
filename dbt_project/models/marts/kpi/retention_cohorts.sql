-- Customers by the fiscal month they first paid in, followed month by month: how many stay, and how much they pay.

with

movements as (

    select * from {{ ref('revenue_movements') }}

),

months as (

    select
        period_start,
        period_name,
        period_number
    from {{ ref('periods') }}
    where period_type = 'month' and period_start <= {{ as_of_date() }}

),

company as (

    select * from {{ ref('company') }}

),

members as (

    select
        movements.account_key,
        movements.closing_mrr as first_mrr,
        months.period_start as cohort_start,
        months.period_name as cohort_name,
        months.period_number as cohort_number
    from movements
    inner join months on months.period_start = movements.month_start
    where movements.movement = 'new'

),

cohorts as (

    select
        cohort_start,
        cohort_name,
        cohort_number,
        count(*) as customers,
        sum(first_mrr) as first_mrr
    from members
    group by cohort_start, cohort_name, cohort_number

),

kept as (

    select
        members.cohort_number,
        movements.month_start,
        count(*) as customers_kept,
        sum(movements.closing_mrr) as closing_mrr,
        sum(least(movements.closing_mrr, members.first_mrr)) as kept_mrr
    from members
    inner join movements on movements.account_key = members.account_key
    where movements.closing_mrr > 0
    group by members.cohort_number, movements.month_start

),

final as (

    -- A month in which nobody of a cohort pays is a row too.
    select
        cohorts.cohort_start,
        cohorts.cohort_name,
        cast(months.period_number - cohorts.cohort_number as integer) as months_since,
        months.period_start as month_start,
        cast(cohorts.customers as integer) as customers,
        cast(coalesce(kept.customers_kept, 0) as integer) as customers_kept,
        {{ money('cohorts.first_mrr') }} as first_mrr,
        {{ money('coalesce(kept.closing_mrr, 0)') }} as closing_mrr,
        {{ money('coalesce(kept.kept_mrr, 0)') }} as kept_mrr,
        {{ ratio(safe_divide('coalesce(kept.customers_kept, 0)', 'cohorts.customers')) }} as logo_retention_rate,
        {{ ratio(safe_divide('coalesce(kept.kept_mrr, 0)', 'cohorts.first_mrr')) }} as gross_retention_rate,
        cast({{ safe_divide('coalesce(kept.closing_mrr, 0)', 'cohorts.first_mrr') }} as numeric(38, 9))
            as net_retention_rate,
        cohorts.customers < company.minimum_cases as is_small_sample,
        {{ run_id() }} as _run_id
    from cohorts
    inner join months on months.period_number >= cohorts.cohort_number
    left join kept on kept.cohort_number = cohorts.cohort_number and kept.month_start = months.period_start
    cross join company

)

select * from final
