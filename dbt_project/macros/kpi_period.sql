{# The common body of kpi_rep_period, kpi_team_period and kpi_company_period, as CTEs that end in `measured`: one row per
   subject_key, period type and period with sums, ratios, medians, and the period and the year before. #}
{% macro kpi_period(level) -%}
{%- if level not in subject_levels() -%}
    {{ exceptions.raise_compiler_error("kpi_period() takes rep, team or company, got " ~ level) }}
{%- endif -%}
rep_sums as (

    select * from {{ ref('kpi_rep_sums') }}

),

reps as (

    select * from {{ ref('reps') }}

),

company as (

    select * from {{ ref('company') }}

),

periods as (

    select
        *,
        period_start <= {{ as_of_date() }} and {{ as_of_date() }} < period_end as is_current,
        greatest(0, {{ days_between('period_start', 'least(period_end, ' ~ as_of_date() ~ ' + 1)') }}) as elapsed_days
    from {{ ref('periods') }}

),

medians as (

    select * from {{ ref('kpi_medians') }}
    where kpi_level = '{{ level }}'

),

rep_rows as (

    -- Days of the period so far on which the rep was employed.
    select
        rep_sums.*,
        {{ subject_key(level, 'rep_sums.rep_key') }} as subject_key,
        case
            when rep_sums.rep_key = {{ unknown_key() }} then 0
            else greatest(0, least(
                periods.elapsed_days,
                {{ days_between(
                    'greatest(periods.period_start, reps.hire_date)',
                    'least(periods.period_end, ' ~ as_of_date() ~ ' + 1, reps.leave_date + 1)'
                ) }}
            ))
        end as rep_days
    from rep_sums
    inner join periods
        on periods.period_type = rep_sums.period_type and periods.period_start = rep_sums.period_start
    left join reps on reps.rep_key = rep_sums.rep_key

),

{% if level == 'rep' -%}
sums as (

    select * from rep_rows

),
{%- else -%}
commission_credits as (

    select * from {{ ref('commission_credits') }}

),

month_quotas as (

    select * from {{ ref('quotas') }}
    where measure = 'bookings' and active_days > 0

),

period_days as (

    select * from {{ ref('period_days') }}

),

credited_days as (

    {% if level == 'team' -%}
    -- A deal counts once for a team, at most at its whole amount, however many of its members are credited.
    select
        coalesce(reps.team, 'unknown') as subject_key,
        commission_credits.credit_date,
        {{ credited_once('commission_credits.deal_amount', 'commission_credits.credit_amount') }} as credited_amount
    from commission_credits
    left join reps on reps.rep_key = commission_credits.rep_key
    group by 1, 2, commission_credits.opportunity_key
    {%- else -%}
    select
        'company' as subject_key,
        credit_date,
        sum(credit_amount) as credited_amount
    from commission_credits
    where credit_kind <> 'overlay'
    group by 1, 2
    {%- endif %}

),

credited as (

    select
        credited_days.subject_key,
        period_days.period_type,
        period_days.period_start,
        sum(credited_days.credited_amount) as credited_amount
    from credited_days
    inner join period_days on period_days.calendar_date = credited_days.credit_date
    group by 1, 2, 3

),

day_quotas as (

    select
        {{ subject_key(level, 'month_quotas.rep_key') }} as subject_key,
        days.calendar_date as period_start,
        sum({{ quota_of_a_day('month_quotas', 'reps', 'days.calendar_date') }}) as quota_amount
    from month_quotas
    inner join period_days as days on days.period_type = 'month' and days.period_start = month_quotas.month_start
    left join reps on reps.rep_key = month_quotas.rep_key
    group by 1, 2

),

summed as (

    select
        rep_rows.subject_key,
        rep_rows.period_type,
        rep_rows.period_start,
        {{ kpi_sums('rep_rows') }},
        sum(rep_rows.quota_amount) as quota_amount,
        sum(rep_rows.open_deals) as open_deals,
        sum(rep_rows.open_amount) as open_amount,
        sum(rep_rows.rep_days) as rep_days,
        count(*) filter (where rep_rows.rep_days > 0) as active_reps
    from rep_rows
    group by 1, 2, 3

),

sums as (

    select
        summed.subject_key,
        summed.period_type,
        summed.period_start,
        {{ kpi_filled('summed') }},
        coalesce(credited.credited_amount, 0) as credited_amount,
        {{ money(
            "case when summed.period_type = 'day' then day_quotas.quota_amount else summed.quota_amount end"
        ) }} as quota_amount,
        summed.open_deals,
        summed.open_amount,
        summed.rep_days,
        summed.active_reps
    from summed
    left join credited
        on
            credited.subject_key = summed.subject_key
            and credited.period_type = summed.period_type
            and credited.period_start = summed.period_start
    left join day_quotas
        on
            summed.period_type = 'day'
            and day_quotas.subject_key = summed.subject_key
            and day_quotas.period_start = summed.period_start

),
{%- endif %}

dated as (

    select
        sums.subject_key,
        {%- for name in kpi_amounts() + kpi_counts() %}
        sums.{{ name }},
        {%- endfor %}
        sums.credited_amount,
        sums.quota_amount,
        sums.rep_days,
        {% if level != 'rep' -%}
        sums.active_reps,
        {% endif -%}
        case when periods.is_current then coalesce(sums.open_deals, 0) end as open_deals,
        case when periods.is_current then coalesce(sums.open_amount, 0) end as open_amount,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        periods.period_name,
        periods.prior_period_start,
        periods.prior_year_start,
        periods.is_current,
        periods.elapsed_days
    from sums
    inner join periods on periods.period_type = sums.period_type and periods.period_start = sums.period_start

),

rated as (

    select
        dated.*,
        {{ kpi_ratios() }}
    from dated

),

before as (

    -- Only what is compared, and for reps read anew: the rows of all days are too many to be carried about whole.
    select
        {{ 'rep_key' if level == 'rep' else 'subject_key' }} as subject_key,
        period_type,
        period_start,
        bookings_amount,
        won_amount,
        {{ win_rate_of_sums() }} as win_rate,
        {{ average_deal_size_of_sums() }} as average_deal_size
    from {{ ref('kpi_rep_sums') if level == 'rep' else 'sums' }}

),

measured as (

    select
        rated.*,
        medians.median_deal_size,
        medians.median_cycle_days,
        medians.median_closed_cycle_days,
        {%- for before in ['prior_period', 'prior_year'] %}
        {%- for name in kpi_compared() %}
        {{ before }}.{{ name }} as {{ before }}_{{ name }},
        {%- endfor %}
        {%- endfor %}
        rated.won_deals + rated.lost_deals < company.minimum_cases as is_small_sample
    from rated
    cross join company
    left join medians
        on
            rated.period_type in ({{ quoted(long_period_types()) }})
            and medians.subject_key = rated.subject_key
            and medians.period_start = rated.period_start
            and medians.period_end = rated.period_end
    {%- for before in ['prior_period', 'prior_year'] %}
    left join before as {{ before }}
        on
            {{ before }}.subject_key = rated.subject_key
            and {{ before }}.period_type = rated.period_type
            and {{ before }}.period_start = rated.{{ before }}_start
    {%- endfor %}

)
{%- endmacro %}

{# The published columns that all three marts have, in their order. #}
{% macro kpi_columns(relation) -%}
        {{ relation }}.period_type,
        {{ relation }}.period_start,
        {{ relation }}.period_end,
        {{ relation }}.period_name
{%- endmacro %}

{% macro kpi_measures(relation) -%}
        {%- for name in kpi_amounts() + ['credited_amount', 'open_amount', 'quota_amount'] %}
        {{ money(relation ~ '.' ~ name) }} as {{ name }},
        {%- endfor %}
        {%- for name in kpi_counts() + ['open_deals', 'rep_days'] %}
        cast({{ relation }}.{{ name }} as bigint) as {{ name }},
        {%- endfor %}
        {%- for name in [
            'win_rate', 'win_rate_value', 'win_rate_created', 'created_open_share', 'win_rate_all',
            'average_deal_size', 'median_deal_size', 'mean_cycle_days', 'median_cycle_days', 'mean_lost_cycle_days',
            'mean_closed_cycle_days', 'median_closed_cycle_days', 'quota_attainment', 'coverage', 'is_quota_reached',
            'discount_rate', 'meeting_share', 'created_deals_per_activity', 'productivity',
        ] %}
        {{ relation }}.{{ name }},
        {%- endfor %}
        {%- for before in ['prior_period', 'prior_year'] %}
        {%- for name in kpi_compared() %}
        {%- set column = relation ~ '.' ~ before ~ '_' ~ name %}
        {{ money(column) if name.endswith('_amount') else column }} as {{ before }}_{{ name }},
        {%- endfor %}
        {%- endfor %}
        {{ relation }}.is_small_sample,
        {{ relation }}.is_current
{%- endmacro %}
