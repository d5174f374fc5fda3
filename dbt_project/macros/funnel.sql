{% macro funnel_entries(interactions, subject_key) -%}
    {#- CTEs `observed`, `implied`, `entries` over a CTE of interactions: the first entry of each subject into each
        funnel stage. A later stage implies the earlier ones, dated by the earliest proof of any later stage. -#}
    funnel_stages as (

        select * from {{ ref('funnel_stages') }}

    ),

    observed as (

        select * from (
            select
                {{ interactions }}.*,
                funnel_stages.stage_order,
                row_number() over (
                    partition by {{ interactions }}.{{ subject_key }}, funnel_stages.stage_order
                    order by {{ interactions }}.interacted_at, {{ interactions }}.interaction_key
                ) as occurrence
            from {{ interactions }}
            inner join funnel_stages on funnel_stages.funnel_stage = {{ interactions }}.funnel_stage
        ) as numbered
        where occurrence = 1

    ),

    reached as (

        select * from (
            select
                observed.*,
                funnel_stages.funnel_stage as entered_stage,
                funnel_stages.stage_order as entered_stage_order,
                max(case when observed.stage_order = funnel_stages.stage_order then observed.interacted_at end) over (
                    partition by observed.{{ subject_key }}, funnel_stages.stage_order
                ) as observed_at,
                row_number() over (
                    partition by observed.{{ subject_key }}, funnel_stages.stage_order
                    order by observed.interacted_at, observed.stage_order
                ) as proof_rank
            from observed
            inner join funnel_stages on funnel_stages.stage_order <= observed.stage_order
        ) as ranked
        where proof_rank = 1

    ),

    dated as (

        select
            *,
            case when stage_order = entered_stage_order then 'observed' else 'implied' end as entry_kind,
            {{ company_date('interacted_at') }} as entered_date
        from reached

    ),

    entries as (

        select
            *,
            lag(entered_date) over (
                partition by {{ subject_key }} order by entered_stage_order
            ) as previous_entered_date,
            lag(entry_kind) over (
                partition by {{ subject_key }} order by entered_stage_order
            ) as previous_entry_kind
        from dated

    )
{%- endmacro %}

{% macro funnel_conversion(entries, subject_key) -%}
    {#- CTEs ending in `conversion`: cohorts of first entry into the funnel, followed through the stages, per level. -#}
    periods as (

        select * from {{ ref('periods') }}
        where period_type in ('month', 'quarter', 'year')

    ),

    company_settings as (

        select * from {{ ref('company') }}

    ),

    cohorts as (

        select
            {{ subject_key }},
            entered_date as cohort_date,
            channel as cohort_channel,
            segment as cohort_segment,
            region as cohort_region,
            rep_key as cohort_rep_key
        from {{ entries }}
        where stage_order = 1

    ),

    followed as (

        select
            cohorts.*,
            {{ entries }}.funnel_stage,
            {{ entries }}.stage_order,
            lead({{ entries }}.stage_order) over (
                partition by {{ entries }}.{{ subject_key }} order by {{ entries }}.stage_order
            ) is not null as is_converted,
            lead({{ entries }}.days_since_previous_stage) over (
                partition by {{ entries }}.{{ subject_key }} order by {{ entries }}.stage_order
            ) as days_to_next
        from {{ entries }}
        inner join cohorts on cohorts.{{ subject_key }} = {{ entries }}.{{ subject_key }}

    ),

    {{ period_of_day() }},

    counted as (

        select
            case
                when grouping(cohort_channel, cohort_segment, cohort_region, cohort_rep_key) = 15 then 'all'
                when grouping(cohort_channel, cohort_segment, cohort_region, cohort_rep_key) = 0 then 'detail'
                when grouping(cohort_channel) = 0 then 'channel'
                when grouping(cohort_segment) = 0 then 'segment'
                when grouping(cohort_region) = 0 then 'region'
                else 'rep'
            end as dimension_level,
            period_of_day.period_type as cohort_period_type,
            period_of_day.period_start as cohort_start,
            followed.stage_order,
            followed.funnel_stage,
            coalesce(cohort_channel, 'all') as channel,
            coalesce(cohort_segment, 'all') as segment,
            coalesce(cohort_region, 'all') as region,
            coalesce(cohort_rep_key, 'all') as rep_key,
            count(*) as people_entered,
            count(*) filter (where followed.is_converted) as people_converted,
            count(followed.days_to_next) as timed_count,
            percentile_cont(0.5) within group (order by followed.days_to_next) as median_days,
            percentile_cont(0.9) within group (order by followed.days_to_next) as p90_days
        from followed
        inner join period_of_day on period_of_day.calendar_date = followed.cohort_date
        group by grouping sets (
            (1)
        )

    )
{%- endmacro %}
