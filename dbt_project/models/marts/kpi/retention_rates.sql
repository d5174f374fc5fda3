-- Of the customers and the recurring revenue that stood as a period began, what is left as it ends: per period, for the
-- company and for each segment.

with

movements as (

    select * from {{ ref('revenue_movements') }}

),

periods as (

    select * from {{ ref('periods') }}
    where period_type in ({{ quoted(fiscal_period_types()) }}) and period_start <= {{ as_of_date() }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

company as (

    select * from {{ ref('company') }}

),

months as (

    -- Each month in its periods; a period ends with its last month, or so far with the one of as_of.
    select
        period_days.period_type,
        period_days.period_start,
        month_starts.period_start as month_start,
        max(month_starts.period_start) over (
            partition by period_days.period_type, period_days.period_start
        ) as last_month_start
    from periods as month_starts
    inner join period_days on period_days.calendar_date = month_starts.period_start
    where month_starts.period_type = 'month'

),

customers as (

    select
        months.period_type,
        months.period_start,
        movements.account_key,
        movements.segment,
        coalesce(sum(movements.opening_mrr) filter (where months.month_start = months.period_start), 0) as opening_mrr,
        coalesce(sum(movements.closing_mrr) filter (where months.month_start = months.last_month_start), 0) as closing_mrr,
        bool_or(movements.movement = 'new') as is_new
    from movements
    inner join months on months.month_start = movements.month_start
    group by 1, 2, 3, 4

),

sliced as (

    select
        customers.*,
        'all' as dimension_level,
        'all' as slice
    from customers

    union all

    select
        customers.*,
        'segment' as dimension_level,
        customers.segment as slice
    from customers

),

summed as (

    select
        dimension_level,
        slice as segment,
        period_type,
        period_start,
        count(*) filter (where opening_mrr > 0) as opening_customers,
        count(*) filter (where opening_mrr > 0 and closing_mrr > 0) as kept_customers,
        count(*) filter (where opening_mrr <= 0 and closing_mrr > 0 and is_new) as new_customers,
        count(*) filter (where opening_mrr <= 0 and closing_mrr > 0 and not is_new) as reactivated_customers,
        count(*) filter (where closing_mrr > 0) as closing_customers,
        sum(opening_mrr) as opening_mrr,
        sum(case when opening_mrr = 0 and is_new then closing_mrr else 0 end) as new_mrr,
        sum(case when opening_mrr = 0 and not is_new then closing_mrr else 0 end) as reactivation_mrr,
        sum(case when opening_mrr <> 0 and closing_mrr <> 0 then greatest(closing_mrr - opening_mrr, 0) else 0 end)
            as expansion_mrr,
        sum(case when opening_mrr <> 0 and closing_mrr <> 0 then greatest(opening_mrr - closing_mrr, 0) else 0 end)
            as contraction_mrr,
        sum(case when closing_mrr = 0 then opening_mrr else 0 end) as churn_mrr,
        sum(closing_mrr) as closing_mrr
    from sliced
    group by 1, 2, 3, 4

),

final as (

    select
        summed.dimension_level,
        summed.segment,
        summed.period_type,
        summed.period_start,
        periods.period_end,
        periods.period_name,
        cast(summed.opening_customers as integer) as opening_customers,
        cast(summed.kept_customers as integer) as kept_customers,
        cast(summed.opening_customers - summed.kept_customers as integer) as churned_customers,
        cast(summed.new_customers as integer) as new_customers,
        cast(summed.reactivated_customers as integer) as reactivated_customers,
        cast(summed.closing_customers as integer) as closing_customers,
        {{ money('summed.opening_mrr') }} as opening_mrr,
        {{ money('summed.new_mrr') }} as new_mrr,
        {{ money('summed.reactivation_mrr') }} as reactivation_mrr,
        {{ money('summed.expansion_mrr') }} as expansion_mrr,
        {{ money('summed.contraction_mrr') }} as contraction_mrr,
        {{ money('summed.churn_mrr') }} as churn_mrr,
        {{ money('summed.closing_mrr') }} as closing_mrr,
        {{ ratio(safe_divide('summed.kept_customers', 'summed.opening_customers')) }} as logo_retention_rate,
        {{ ratio(safe_divide('summed.opening_customers - summed.kept_customers', 'summed.opening_customers')) }}
            as logo_churn_rate,
        {{ attainment('summed.opening_mrr - summed.contraction_mrr - summed.churn_mrr', 'summed.opening_mrr') }}
            as gross_retention_rate,
        {{ attainment(
            'summed.opening_mrr - summed.contraction_mrr - summed.churn_mrr + summed.expansion_mrr', 'summed.opening_mrr'
        ) }} as net_retention_rate,
        summed.opening_customers < company.minimum_cases as is_small_sample,
        {{ as_of_date() }} < periods.period_end as is_current,
        {{ run_id() }} as _run_id
    from summed
    inner join periods
        on periods.period_type = summed.period_type and periods.period_start = summed.period_start
    cross join company

)

select * from final
