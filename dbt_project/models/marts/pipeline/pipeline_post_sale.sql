-- Business with those who are customers already, beside new business; and how soon what was won begins to run.

{% set sums = {
    'won_deals': 'count(*) filter (where is_won)',
    'lost_deals': 'count(*) filter (where is_lost)',
    'open_deals': 'count(*) filter (where is_open)',
    'won_amount': 'sum(amount) filter (where is_won)',
    'lost_amount': 'sum(amount) filter (where is_lost)',
    'open_amount': 'sum(amount) filter (where is_open)',
    'referral_won_deals': "count(*) filter (where is_won and technique = 'referral')",
    'referral_won_amount': "sum(amount) filter (where is_won and technique = 'referral')",
    'started_deals': 'count(first_start_date)',
    'start_days': 'sum(' ~ days_between('close_date', 'first_start_date') ~ ')',
} %}

with

deals as (

    select * from {{ ref('pipeline_deals') }}

),

subscriptions as (

    select * from {{ ref('subscriptions') }}

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

periods as (

    select * from {{ ref('periods') }}

),

company as (

    select * from {{ ref('company') }}

),

customers as (

    select
        account_key,
        min(close_date) as first_won_date
    from deals
    where is_won and account_key <> {{ unknown_key() }}
    group by account_key

),

-- The first subscription of the account to begin once the deal was won: nearest there is to a customer being live.
starts as (

    select
        deals.opportunity_key,
        min(subscriptions.start_date) as first_start_date
    from subscriptions
    inner join deals
        on deals.account_key = subscriptions.account_key and deals.is_won and subscriptions.start_date >= deals.close_date
    where subscriptions.account_key <> {{ unknown_key() }} and subscriptions.start_date <= {{ as_of_date() }}
    group by deals.opportunity_key

),

placed as (

    select
        deals.*,
        calendar_dates.month_start,
        starts.first_start_date,
        {{ sales_motion(
            'deals.opportunity_type',
            'coalesce(customers.first_won_date < coalesce(deals.created_date, deals.close_date), false)'
        ) }} as motion
    from deals
    inner join calendar_dates on calendar_dates.calendar_date = deals.close_date
    left join customers on customers.account_key = deals.account_key
    left join starts on starts.opportunity_key = deals.opportunity_key

),

by_month as (

    select
        month_start,
        motion,
        coalesce(team, 'unknown') as team,
        coalesce(segment, 'not recorded') as segment
        {%- for name, expression in sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from placed
    group by 1, 2, 3, 4

),

summed as (

    {{ sliced_sums('by_month', 'motion', sums) }}

),

final as (

    select
        summed.dimension_level,
        summed.period_type,
        summed.period_start,
        periods.period_end,
        periods.period_name,
        summed.motion,
        summed.team,
        summed.segment,
        {%- for name in ['won_deals', 'lost_deals', 'open_deals'] %}
        cast(summed.{{ name }} as bigint) as {{ name }},
        {%- endfor %}
        {%- for name in ['won_amount', 'lost_amount', 'open_amount'] %}
        {{ money('coalesce(summed.' ~ name ~ ', 0)') }} as {{ name }},
        {%- endfor %}
        {{ ratio(safe_divide('summed.won_deals', '(summed.won_deals + summed.lost_deals)')) }} as win_rate,
        {{ ratio(safe_divide(
            'coalesce(summed.won_amount, 0)', '(coalesce(summed.won_amount, 0) + coalesce(summed.lost_amount, 0))'
        )) }} as win_rate_value,
        {{ ratio(safe_divide(
            'coalesce(summed.won_amount, 0)',
            "sum(case when summed.motion = 'all' then summed.won_amount end) over same_slice"
        )) }} as share_of_won,
        cast(summed.referral_won_deals as bigint) as referral_won_deals,
        {{ money('coalesce(summed.referral_won_amount, 0)') }} as referral_won_amount,
        -- A company that hands in no subscriptions does not know.
        cast(case when subscribed.known > 0 then summed.started_deals end as bigint) as started_deals,
        cast({{ safe_divide('summed.start_days', 'summed.started_deals') }} as numeric(12, 2)) as mean_days_to_start,
        summed.won_deals + summed.lost_deals < company.minimum_cases as is_small_sample,
        periods.period_end > {{ as_of_date() }} as is_current,
        {{ run_id() }} as _run_id
    from summed
    inner join periods on periods.period_type = summed.period_type and periods.period_start = summed.period_start
    cross join company
    cross join (select count(*) as known from subscriptions) as subscribed
    window same_slice as (
        partition by
            summed.dimension_level, summed.period_type, summed.period_start, summed.team, summed.segment
    )

)

select * from final
