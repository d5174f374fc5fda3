{# CTEs that end in `entries`: the first entry of each subject (a person, an account) into each funnel stage.
   A later stage implies the earlier ones, dated by the earliest proof of any later stage.
   interactions: name of a CTE with the subject's key, interaction_key, funnel_stage, interacted_at and what the entry
   is to carry along; subject_key: its column. -#}
{% macro funnel_entries(interactions, subject_key) -%}
    funnel_stages as (

        select * from {{ ref('funnel_stages') }}

    ),

    observed as (

        select *
        from (
            select
                {{ interactions }}.*,
                funnel_stages.stage_order as proven_order,
                row_number() over (
                    partition by {{ interactions }}.{{ subject_key }}, funnel_stages.stage_order
                    order by {{ interactions }}.interacted_at, {{ interactions }}.interaction_key
                ) as occurrence
            from {{ interactions }}
            inner join funnel_stages on funnel_stages.funnel_stage = {{ interactions }}.funnel_stage
        ) as numbered
        where occurrence = 1

    ),

    proofs as (

        select
            observed.*,
            funnel_stages.funnel_stage as entered_stage,
            funnel_stages.stage_order,
            row_number() over (
                partition by observed.{{ subject_key }}, funnel_stages.stage_order
                order by observed.interacted_at, observed.proven_order
            ) as proof_rank,
            max(case when observed.proven_order = funnel_stages.stage_order then observed.interacted_at end) over (
                partition by observed.{{ subject_key }}, funnel_stages.stage_order
            ) as observed_at
        from observed
        inner join funnel_stages on funnel_stages.stage_order <= observed.proven_order

    ),

    dated as (

        select
            proofs.*,
            interacted_at as entered_at,
            {{ company_date('interacted_at') }} as entered_date,
            case when proven_order = stage_order then 'observed' else 'implied' end as entry_kind
        from proofs
        where proof_rank = 1

    ),

    entries as (

        -- Where either entry is only implied, its date is not known and neither are the days between them.
        select
            dated.*,
            case
                when
                    entry_kind = 'observed'
                    and lag(entry_kind) over (partition by {{ subject_key }} order by stage_order) = 'observed'
                    then {{ days_between(
                        'lag(entered_date) over (partition by ' ~ subject_key ~ ' order by stage_order)', 'entered_date'
                    ) }}
            end as days_since_previous_stage
        from dated

    )
{%- endmacro %}

{# A model of cohorts by first entry into the funnel, followed through its stages, at each level of detail.
   entries: name of the model of stage entries; subject_key: its subject; subject: the word for it in column names. #}
{% macro funnel_conversion(entries, subject_key, subject) -%}
with

entries as (

    select * from {{ ref(entries) }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ('month', 'quarter', 'year')

),

periods as (

    select distinct period_type, period_start, period_name, period_number
    from period_days

),

funnel_stages as (

    select * from {{ ref('funnel_stages') }}

),

company as (

    select * from {{ ref('company') }}

),

cohorts as (

    -- A cohort keeps what was true of its first entry at every stage, so that counts never rise down the funnel.
    select
        {{ subject_key }},
        entered_date as cohort_date,
        coalesce(channel, 'unknown') as channel,
        coalesce(segment, 'unknown') as segment,
        coalesce(region, 'unknown') as region,
        rep_key
    from entries
    where stage_order = 1

),

followed as (

    select
        period_days.period_type,
        period_days.period_start,
        path.stage_order,
        cohorts.channel,
        cohorts.segment,
        cohorts.region,
        cohorts.rep_key,
        path.is_converted,
        path.days_to_next
    from (
        select
            {{ subject_key }},
            stage_order,
            lead(stage_order) over subject_path is not null as is_converted,
            lead(days_since_previous_stage) over subject_path as days_to_next
        from entries
        window subject_path as (partition by {{ subject_key }} order by stage_order)
    ) as path
    inner join cohorts on cohorts.{{ subject_key }} = path.{{ subject_key }}
    inner join period_days on period_days.calendar_date = cohorts.cohort_date

),

{# Counts need no order. Percentiles do, and only where the days are known: sorted apart, they are few. #}
{% for name, figures, condition in [
    (
        'entered_counts',
        'count(*) as entered, count(*) filter (where is_converted) as moved_on, count(days_to_next) as timed',
        'true'
    ),
    (
        'waits',
        percentile('days_to_next', 0.5) ~ ' as median_days, ' ~ percentile('days_to_next', 0.9) ~ ' as p90_days',
        'days_to_next is not null'
    ),
] -%}
{{ name }} as (

    select
        case
            when grouping(channel, segment, region, rep_key) = 15 then 'all'
            when grouping(channel, segment, region, rep_key) = 0 then 'detail'
            when grouping(channel) = 0 then 'channel'
            when grouping(segment) = 0 then 'segment'
            when grouping(region) = 0 then 'region'
            else 'rep'
        end as dimension_level,
        period_type,
        period_start,
        stage_order,
        coalesce(channel, 'all') as channel,
        coalesce(segment, 'all') as segment,
        coalesce(region, 'all') as region,
        coalesce(rep_key, 'all') as rep_key,
        {{ figures }}
    from followed
    where {{ condition }}
    group by
        period_type, period_start, stage_order,
        grouping sets ((), (channel), (segment), (region), (rep_key), (channel, segment, region, rep_key))

),

{% endfor -%}

counted as (

    select
        entered_counts.*,
        periods.period_name,
        periods.period_number,
        funnel_stages.funnel_stage,
        case when entered_counts.stage_order < 4 then entered_counts.moved_on end as converted,
        waits.median_days,
        waits.p90_days
    from entered_counts
    inner join periods
        on periods.period_type = entered_counts.period_type and periods.period_start = entered_counts.period_start
    inner join funnel_stages on funnel_stages.stage_order = entered_counts.stage_order
    left join waits
        on waits.dimension_level = entered_counts.dimension_level
        and waits.period_type = entered_counts.period_type
        and waits.period_start = entered_counts.period_start
        and waits.stage_order = entered_counts.stage_order
        and waits.channel = entered_counts.channel
        and waits.segment = entered_counts.segment
        and waits.region = entered_counts.region
        and waits.rep_key = entered_counts.rep_key

),

rated as (

    select
        *,
        {{ ratio(safe_divide('converted', 'entered')) }} as conversion_rate,
        {{ ratio(safe_divide('entered', 'first_value(entered) over cohort_path')) }} as cumulative_rate
    from counted
    window cohort_path as (
        partition by dimension_level, period_type, period_start, channel, segment, region, rep_key order by stage_order
    )

),

compared as (

    select
        rated.*,
        case
            when lag(period_number) over member = period_number - 1 then lag(conversion_rate) over member
        end as previous_conversion_rate
    from rated
    window member as (
        partition by dimension_level, period_type, funnel_stage, channel, segment, region, rep_key
        order by period_number
    )

),

final as (

    select
        compared.dimension_level,
        compared.period_type as cohort_period_type,
        compared.period_start as cohort_start,
        compared.period_name as cohort_name,
        compared.funnel_stage,
        compared.stage_order,
        compared.channel,
        compared.segment,
        compared.region,
        compared.rep_key,
        compared.entered as {{ subject }}_entered,
        compared.converted as {{ subject }}_converted,
        compared.conversion_rate,
        compared.cumulative_rate,
        cast(compared.median_days as numeric(12, 2)) as median_days,
        cast(compared.p90_days as numeric(12, 2)) as p90_days,
        compared.timed as {{ subject }}_timed,
        {{ ratio('compared.previous_conversion_rate') }} as previous_conversion_rate,
        compared.entered < company.minimum_cases as is_small_sample,
        {{ run_id() }} as _run_id
    from compared
    cross join company

)

select * from final
{%- endmacro %}
