-- How much the pipeline turns into won amount a day: deals x win rate x average won amount / mean won cycle.

{% set counts = ['won_deals', 'lost_deals', 'won_deals_with_amount', 'won_cycle_deals', 'won_cycle_days'] %}
{% set sums = ['won_amount'] + counts %}

with

kpi_rep_period as (

    select * from {{ ref('kpi_rep_period') }}

),

kpi_team_period as (

    select * from {{ ref('kpi_team_period') }}

),

kpi_company_period as (

    select * from {{ ref('kpi_company_period') }}

),

deals as (

    select * from {{ ref('pipeline_deals') }}
    where not is_open and close_date > {{ as_of_date() }} - 365 and close_date <= {{ as_of_date() }}

),

movements as (

    select
        *,
        period_end > {{ as_of_date() }} as is_current
    from {{ ref('pipeline_movements') }}
    where scope = 'open' and basis = 'gross' and period_type in ({{ quoted(fiscal_period_types()) }})

),

periods as (

    select * from {{ ref('periods') }}

),

reps as (

    select * from {{ ref('reps') }}

),

company as (

    select * from {{ ref('company') }}

),

rep_year as (

    select
        rep_key,
        'trailing_year' as period_type,
        {{ as_of_date() }} - 364 as period_start,
        count(*) filter (where is_won) as won_deals,
        count(*) filter (where is_lost) as lost_deals,
        count(amount) filter (where is_won) as won_deals_with_amount,
        sum(amount) filter (where is_won) as won_amount,
        count(cycle_days) filter (where is_won and is_cycle_valid) as won_cycle_deals,
        sum(cycle_days) filter (where is_won and is_cycle_valid) as won_cycle_days
    from deals
    group by rep_key

),

closed as (

    {% for level in subject_levels() -%}
    select
        '{{ level }}' as level,
        {{ kpi_subject(level) }} as subject_key,
        period_type,
        period_start,
        {{ sums | join(', ') }}
    from kpi_{{ level }}_period
    where period_type in ({{ quoted(fiscal_period_types()) }}) and won_deals + lost_deals > 0

    union all

    {{ sums_of_subject(level, 'rep_year', ['period_type', 'period_start'], sums) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- What was open as the period ended, or is open now.
rep_stocks as (

    select rep_key, period_type, period_start, closing_deals as open_deals
    from movements
    union all
    select rep_key, 'trailing_year', {{ as_of_date() }} - 364, closing_deals
    from movements
    where period_type = 'month' and is_current

),

stocks as (

    select *
    from (
        {{ sums_of_subjects('rep_stocks', ['period_type', 'period_start'], ['open_deals']) }}
    ) as subjects
    where open_deals > 0

),

joined as (

    select
        level,
        subject_key,
        period_type,
        period_start,
        coalesce(stocks.open_deals, 0) as open_deals,
        closed.won_amount
        {%- for name in counts %},
        coalesce(closed.{{ name }}, 0) as {{ name }}
        {%- endfor %}
    from closed
    full outer join stocks using (level, subject_key, period_type, period_start)

),

rated as (

    select
        joined.*,
        joined.won_deals + joined.lost_deals as closed_deals,
        {{ win_rate_of_sums() }} as win_rate,
        {{ average_deal_size_of_sums() }} as average_deal_size
    from joined

),

final as (

    select
        rated.level,
        rated.subject_key,
        {{ subject_name('rated') }} as subject_name,
        rated.period_type,
        rated.period_start,
        coalesce(periods.period_end, {{ as_of_date() }} + 1) as period_end,
        coalesce(periods.period_name, 'trailing year') as period_name,
        cast(rated.open_deals as bigint) as open_deals,
        cast(rated.closed_deals as bigint) as closed_deals,
        cast(rated.won_deals as bigint) as won_deals,
        rated.win_rate,
        rated.average_deal_size,
        cast({{ safe_divide('rated.won_cycle_days', 'rated.won_cycle_deals') }} as numeric(12, 2)) as mean_cycle_days,
        {%- for name, deals in [
            ('sales_velocity', money('rated.open_deals * rated.win_rate')),
            ('sales_velocity_closed', 'rated.won_deals'),
        ] %}
        {{ money(safe_divide(
            money(money(deals ~ ' * rated.average_deal_size') ~ ' * rated.won_cycle_deals'), 'rated.won_cycle_days'
        )) }} as {{ name }},
        {%- endfor %}
        rated.closed_deals < company.minimum_cases as is_small_sample,
        periods.period_end is null or periods.period_end > {{ as_of_date() }} as is_current,
        {{ run_id() }} as _run_id
    from rated
    cross join company
    left join periods on periods.period_type = rated.period_type and periods.period_start = rated.period_start
    left join reps on rated.level = 'rep' and reps.rep_key = rated.subject_key

)

select * from final
