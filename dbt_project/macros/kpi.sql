{# What kpi_rep_period, kpi_team_period and kpi_company_period share: which columns are sums, and every ratio once. #}

{# Columns that reps add up to teams, and teams to the company. #}
{% macro kpi_amounts() -%}
    {{ return([
        'bookings_amount', 'list_amount', 'discount_amount', 'won_amount', 'lost_amount', 'created_amount',
    ]) }}
{%- endmacro %}

{% macro kpi_counts() -%}
    {{ return([
        'won_deals', 'lost_deals', 'closed_deals_without_amount', 'won_deals_with_amount', 'won_cycle_deals',
        'won_cycle_days', 'lost_cycle_deals', 'lost_cycle_days', 'created_deals', 'created_won_deals',
        'created_open_deals', 'activities', 'calls', 'emails', 'meetings',
    ]) }}
{%- endmacro %}

{# Amounts that stay null where nothing of the kind is known: no list price is no list price of 0. #}
{% macro kpi_unknown_amounts() -%}{{ return(['list_amount', 'discount_amount']) }}{%- endmacro %}

{# sum() of every additive column, as itself. #}
{% macro kpi_sums(relation) -%}
    {%- for name in kpi_amounts() + kpi_counts() %}
        sum({{ relation }}.{{ name }}) as {{ name }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{# Additive columns with what an absent row means. #}
{% macro kpi_filled(relation) -%}
    {%- for name in kpi_amounts() + kpi_counts() %}
        {% if name in kpi_unknown_amounts() -%}
        {{ money(relation ~ '.' ~ name) }} as {{ name }}
        {%- elif name in kpi_counts() -%}
        cast(coalesce({{ relation }}.{{ name }}, 0) as bigint) as {{ name }}
        {%- else -%}
        {{ money('coalesce(' ~ relation ~ '.' ~ name ~ ', 0)') }} as {{ name }}
        {%- endif %}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{# What a number of reps credited with one deal are credited with together: at most the whole deal. #}
{% macro credited_once(whole, amount) -%}
    case
        when max({{ whole }}) >= 0 then least(max({{ whole }}), sum({{ amount }}))
        else greatest(max({{ whole }}), sum({{ amount }}))
    end
{%- endmacro %}

{# Quota of one day of a fiscal month, on the days the rep is employed; null on others. #}
{% macro quota_of_a_day(quotas, reps, day) -%}
    case
        when
            {{ day }} >= coalesce({{ reps }}.hire_date, {{ day }})
            and {{ day }} <= coalesce({{ reps }}.leave_date, {{ day }})
            then {{ safe_divide(quotas ~ '.quota_amount', quotas ~ '.active_days') }}
    end
{%- endmacro %}

{% macro win_rate_of_sums() -%}{{ ratio(safe_divide('won_deals', '(won_deals + lost_deals)')) }}{%- endmacro %}

{% macro average_deal_size_of_sums() -%}{{ money(safe_divide('won_amount', 'won_deals_with_amount')) }}{%- endmacro %}

{% macro quota_attainment_of_sums() -%}{{ attainment('credited_amount', 'quota_amount') }}{%- endmacro %}

{# Every ratio of a row of sums. Expects kpi_amounts() and kpi_counts(), credited_amount, quota_amount, open_amount. #}
{% macro kpi_ratios() -%}
        {{ win_rate_of_sums() }} as win_rate,
        {{ ratio(safe_divide('won_amount', '(won_amount + lost_amount)')) }} as win_rate_value,
        {{ ratio(safe_divide('created_won_deals', 'created_deals')) }} as win_rate_created,
        {{ ratio(safe_divide('created_open_deals', 'created_deals')) }} as created_open_share,
        {{ attainment('won_deals', 'created_deals') }} as win_rate_all,
        {{ average_deal_size_of_sums() }} as average_deal_size,
        cast({{ safe_divide('won_cycle_days', 'won_cycle_deals') }} as numeric(12, 2)) as mean_cycle_days,
        cast({{ safe_divide('lost_cycle_days', 'lost_cycle_deals') }} as numeric(12, 2)) as mean_lost_cycle_days,
        cast(
            {{ safe_divide('won_cycle_days + lost_cycle_days', '(won_cycle_deals + lost_cycle_deals)') }}
            as numeric(12, 2)
        ) as mean_closed_cycle_days,
        {{ quota_attainment_of_sums() }} as quota_attainment,
        -- Once the quota is reached nothing remains to be covered.
        {{ attainment('open_amount', 'greatest(quota_amount - credited_amount, 0)') }} as coverage,
        quota_amount <= credited_amount as is_quota_reached,
        {{ attainment('discount_amount', 'list_amount') }} as discount_rate,
        {{ attainment('meetings', 'activities') }} as meeting_share,
        {{ attainment('created_deals', 'activities') }} as created_deals_per_activity,
        {{ money(safe_divide('bookings_amount * elapsed_days', 'rep_days')) }} as productivity
{%- endmacro %}

{# Measures that are compared with the period before and the year before. #}
{% macro kpi_compared() -%}
    {{ return(['bookings_amount', 'won_amount', 'win_rate', 'average_deal_size']) }}
{%- endmacro %}

{# How long somebody has been with the company: reps are compared with peers of the same role and band. #}
{% macro tenure_band(hire_date, day) -%}
    case
        when {{ hire_date }} is null then 'unknown'
        when {{ months_between(hire_date, day) }} < 6 then 'under 6 months'
        when {{ months_between(hire_date, day) }} < 12 then '6 to 12 months'
        when {{ months_between(hire_date, day) }} < 36 then '1 to 3 years'
        else '3 years and more'
    end
{%- endmacro %}

{# Share of the other peers with a lower value, 0 to 1; null without a value or without peers that have one. #}
{% macro peer_percentile(value, peer_group) -%}
    {%- set with_value = 'count(' ~ value ~ ') over (partition by ' ~ peer_group ~ ')' -%}
    {%- set lower = 'rank() over (partition by ' ~ peer_group ~ ' order by ' ~ value ~ ' nulls last) - 1' -%}
    {{ ratio(
        'case when ' ~ value ~ ' is not null then '
        ~ safe_divide(lower, '(' ~ with_value ~ ' - 1)') ~ ' end'
    ) }}
{%- endmacro %}

{# The reps who stand out on one side of their peers, first those who do most: standing is above or below. #}
{% macro outstanding(standing) -%}
with

standings as (

    select * from {{ ref('kpi_standings') }}
    where standing = '{{ standing }}'

),

final as (

    select
        standing_key,
        period_type,
        period_start,
        period_end,
        period_name,
        rep_key,
        rep_name,
        team,
        role,
        tenure_band,
        measure,
        successes,
        cases,
        raw_rate,
        score,
        score_low,
        score_high,
        peer_rate,
        peers,
        is_shrunk,
        cast(row_number() over (
            partition by period_type, period_start, measure order by score{% if standing == 'above' %} desc{% endif %}, rep_key
        ) as integer) as position,
        since_period_start,
        periods_running,
        is_small_sample,
        is_current,
        {{ run_id() }} as _run_id
    from standings

)

select * from final
{%- endmacro %}
