-- What it costs to win a customer, and what one is worth: per period, for the company and for each segment.

{% set slices = {'all': "'all'", 'segment': 'segment'} %}
{% set parts = {
    'new_customers': ['won', 'won_date', {'new_customers': 'count(*)'}],
    'recurring': ['movements', 'month_start', {
        'opening_customer_months': 'count(*) filter (where movements.opening_mrr > 0)',
        'churned_customers': "count(*) filter (where movements.movement = 'churn')",
        'customer_months': 'count(*) filter (where movements.closing_mrr > 0)',
        'revenue': 'sum(movements.closing_mrr)',
    }],
    'spent': ['costs', 'cost_date', {
        'sales_cost': "sum(costs.amount) filter (where costs.cost_type = 'sales')",
        'marketing_cost': "sum(costs.amount) filter (where costs.cost_type = 'marketing')",
        'acquisition_cost': "sum(costs.amount) filter (where costs.cost_type in ('sales', 'marketing'))",
        'unallocated_acquisition_cost':
            "sum(costs.amount) filter (where costs.cost_type in ('sales', 'marketing') and costs.segment is null)",
        'cost_of_revenue': "sum(costs.amount) filter (where costs.cost_type = 'cost_of_revenue')",
    }],
} %}

with

movements as (

    select * from {{ ref('revenue_movements') }}

),

costs as (

    select * from {{ ref('costs') }}
    where cost_date <= {{ as_of_date() }}

),

bookings as (

    select * from {{ ref('bookings') }}
    where net_amount > 0 and account_key <> {{ unknown_key() }} and booking_date <= {{ as_of_date() }}

),

periods as (

    select * from {{ ref('periods') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

company as (

    select * from {{ ref('company') }}

),

first_bookings as (

    -- Where nothing recurs, a customer is won by the first booking.
    select
        account_key,
        coalesce(max(segment), 'unknown') as segment,
        min(booking_date) as first_date
    from bookings
    where not exists (select 1 from movements)
    group by account_key

),

won as (

    select
        segment,
        month_start as won_date,
        'subscriptions' as basis
    from movements
    where movement = 'new'

    union all

    select
        segment,
        first_date as won_date,
        'bookings' as basis
    from first_bookings

),

{# A cost without a segment counts for the company alone. -#}
{% for part, (relation, day, sums) in parts.items() -%}
{{ part }} as (

    {% for level, slice in slices.items() -%}
    select
        '{{ level }}' as dimension_level,
        {{ slice }} as segment,
        period_days.period_type,
        period_days.period_start
        {%- for name, expression in sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from {{ relation }}
    inner join period_days on period_days.calendar_date = {{ relation }}.{{ day }}
    {%- if part == 'spent' and level == 'segment' %}
    where costs.segment is not null
    {%- endif %}
    group by 1, 2, 3, 4
    {% if not loop.last -%}
    union all
    {% endif %}
    {%- endfor %}

),

{% endfor -%}
together as (

    select
        *,
        {{ safe_divide('revenue', 'customer_months') }} as revenue_per_account,
        {{ safe_divide('revenue - cost_of_revenue', 'revenue') }} as margin,
        {{ safe_divide('churned_customers', 'opening_customer_months') }} as churn
    from new_customers
    full outer join recurring using (dimension_level, segment, period_type, period_start)
    full outer join spent using (dimension_level, segment, period_type, period_start)

),

valued as (

    -- One division each: what was divided before it would be rounded before it.
    select
        *,
        {{ safe_divide('acquisition_cost', 'new_customers') }} as cac,
        {{ safe_divide('revenue - cost_of_revenue', 'customer_months') }} as margin_per_account,
        {{ safe_divide('(revenue - cost_of_revenue) * opening_customer_months', 'customer_months * churned_customers') }}
            as ltv
    from together

),

final as (

    select
        valued.dimension_level,
        valued.segment,
        valued.period_type,
        valued.period_start,
        periods.period_end,
        periods.period_name,
        cast(coalesce(valued.new_customers, 0) as integer) as new_customers,
        case
            when exists (select 1 from movements) then 'subscriptions'
            else 'bookings'
        end as new_customers_basis,
        {{ money('valued.sales_cost') }} as sales_cost,
        {{ money('valued.marketing_cost') }} as marketing_cost,
        {{ money('valued.acquisition_cost') }} as acquisition_cost,
        {{ money('valued.unallocated_acquisition_cost') }} as unallocated_acquisition_cost,
        {{ money('valued.cost_of_revenue') }} as cost_of_revenue,
        {{ money('valued.revenue') }} as recurring_revenue,
        cast(valued.customer_months as integer) as customer_months,
        cast(valued.opening_customer_months as integer) as opening_customer_months,
        cast(valued.churned_customers as integer) as churned_customers,
        {{ money('valued.revenue_per_account') }} as revenue_per_account,
        cast(valued.margin as numeric(38, 9)) as gross_margin_rate,
        {{ ratio('valued.churn') }} as monthly_churn_rate,
        {{ money('valued.cac') }} as customer_acquisition_cost,
        cast(
            case when valued.margin_per_account > 0 then {{ safe_divide('valued.cac', 'valued.margin_per_account') }} end
            as numeric(38, 9)
        ) as payback_months,
        {{ money('valued.ltv') }} as lifetime_value,
        {{ attainment('valued.ltv', 'valued.cac') }} as ltv_to_cac_ratio,
        coalesce(valued.new_customers, 0) < company.minimum_cases
        or coalesce(valued.churned_customers, 0) < company.minimum_cases as is_small_sample,
        periods.period_start <= {{ as_of_date() }} and {{ as_of_date() }} < periods.period_end as is_current,
        {{ run_id() }} as _run_id
    from valued
    inner join periods
        on periods.period_type = valued.period_type and periods.period_start = valued.period_start
    cross join company

)

select * from final
