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

{# What a cohort is split by: level -> columns. -#}
{% macro funnel_levels() -%}
    {{ return({
        'all': [],
        'channel': ['channel'],
        'segment': ['segment'],
        'region': ['region'],
        'rep': ['rep_key'],
        'detail': ['channel', 'segment', 'region', 'rep_key'],
    }) }}
{%- endmacro %}

{# A model of cohorts by first entry into the funnel, followed through its stages, at each level of detail.
   entries: name of the model of stage entries; subject_key: its subject; subject: the word for it in column names.
   Combinations of the dimensions, their members at each level and periods are numbered, so that no text is sorted. #}
{% macro funnel_conversion(entries, subject_key, subject) -%}
with

entries as (

    select * from {{ ref(entries) }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

periods as (

    -- Numbers of a type follow each other and never those of another type.
    select
        period_type,
        period_start,
        period_name,
        dense_rank() over (order by period_type) * 1000000 + period_number as period_id
    from (select distinct period_type, period_start, period_name, period_number from period_days) as known

),

days as (

    select
        period_days.calendar_date,
        periods.period_id
    from period_days
    inner join periods
        on periods.period_type = period_days.period_type and periods.period_start = period_days.period_start

),

funnel_stages as (

    select
        *,
        stage_order = max(stage_order) over () as is_last
    from {{ ref('funnel_stages') }}

),

company as (

    select * from {{ ref('company') }}

),

first_entries as (

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

cohorts as (

    select
        *,
        dense_rank() over (order by channel, segment, region, rep_key) as combination
    from first_entries

),

combinations as (

    select distinct combination, channel, segment, region, rep_key from cohorts

),

memberships as (

    {% for level, columns in funnel_levels().items() -%}
    select
        combination,
        min(combination) over ({% if columns %}partition by {{ columns | join(', ') }}{% endif %}) * 10
        + {{ loop.index }} as member_number,
        '{{ level }}' as dimension_level
        {%- for column in ['channel', 'segment', 'region', 'rep_key'] %},
        {{ column if column in columns else "'all'" }} as {{ column }}
        {%- endfor %}
    from combinations
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

members as (

    select distinct member_number, dimension_level, channel, segment, region, rep_key from memberships

),

paths as (

    -- Strictly, a stage counts where it and all before it were seen themselves.
    select
        {{ subject_key }},
        stage_order,
        lead(stage_order) over subject_path is not null as is_converted,
        lead(days_since_previous_stage) over subject_path as days_to_next,
        min(case when observed_at is null then 0 else 1 end) over subject_path as is_strict,
        coalesce(min(case when observed_at is null then 0 else 1 end) over (
            partition by {{ subject_key }} order by stage_order
            rows between unbounded preceding and 1 following
        ), 0) as is_next_strict
    from entries
    window subject_path as (partition by {{ subject_key }} order by stage_order)

),

followed as (

    select
        days.period_id,
        cohorts.combination,
        paths.stage_order,
        paths.days_to_next,
        paths.is_strict,
        case when paths.is_converted then 1 else 0 end as is_converted,
        case when paths.is_converted then paths.is_next_strict else 0 end as is_next_strict
    from paths
    inner join cohorts on cohorts.{{ subject_key }} = paths.{{ subject_key }}
    inner join days on days.calendar_date = cohorts.cohort_date

),

detail_counts as (

    select
        period_id,
        combination,
        stage_order,
        cast(count(*) as integer) as entered,
        cast(sum(is_converted) as integer) as converted,
        cast(sum(is_strict) as integer) as strict_entered,
        cast(sum(is_next_strict) as integer) as strict_converted,
        cast(count(days_to_next) as integer) as timed
    from followed
    group by period_id, combination, stage_order

),

entered_counts as (

    select
        detail_counts.period_id,
        memberships.member_number,
        detail_counts.stage_order,
        {% for figure in ['entered', 'converted', 'strict_entered', 'strict_converted', 'timed'] -%}
        cast(sum(detail_counts.{{ figure }}) as bigint) as {{ figure }}{{ ',' if not loop.last }}
        {% endfor %}
    from detail_counts
    inner join memberships on memberships.combination = detail_counts.combination
    group by memberships.member_number, detail_counts.period_id, detail_counts.stage_order

),

waits as (

    select
        followed.period_id,
        memberships.member_number,
        followed.stage_order,
        {{ percentile('followed.days_to_next', 0.5) }} as median_days,
        {{ percentile('followed.days_to_next', 0.9) }} as p90_days
    from followed
    inner join memberships on memberships.combination = followed.combination
    where followed.days_to_next is not null
    group by memberships.member_number, followed.period_id, followed.stage_order

),

counted as (

    select
        entered_counts.*,
        waits.median_days,
        waits.p90_days
    from entered_counts
    left join waits
        on waits.member_number = entered_counts.member_number
        and waits.period_id = entered_counts.period_id
        and waits.stage_order = entered_counts.stage_order

),

rated as (

    select
        *,
        {{ ratio(safe_divide('converted', 'entered')) }} as conversion_rate,
        {{ ratio(safe_divide('strict_converted', 'strict_entered')) }} as conversion_rate_strict,
        {{ ratio(safe_divide('entered', 'first_value(entered) over cohort_path')) }} as cumulative_rate
    from counted
    window cohort_path as (partition by member_number, period_id order by stage_order)

),

compared as (

    select
        rated.*,
        case when lag(period_id) over stage = period_id - 1 then lag(conversion_rate) over stage end
            as previous_conversion_rate
    from rated
    window stage as (partition by member_number, stage_order order by period_id)

),

final as (

    select
        members.dimension_level,
        periods.period_type as cohort_period_type,
        periods.period_start as cohort_start,
        periods.period_name as cohort_name,
        funnel_stages.funnel_stage,
        funnel_stages.stage_order,
        members.channel,
        members.segment,
        members.region,
        members.rep_key,
        compared.entered as {{ subject }}_entered,
        case when not funnel_stages.is_last then compared.converted end as {{ subject }}_converted,
        {{ ratio('case when not funnel_stages.is_last then compared.conversion_rate end') }} as conversion_rate,
        compared.cumulative_rate,
        cast(compared.median_days as numeric(12, 2)) as median_days,
        cast(compared.p90_days as numeric(12, 2)) as p90_days,
        compared.timed as {{ subject }}_timed,
        {{ ratio('case when not funnel_stages.is_last then compared.previous_conversion_rate end') }}
            as previous_conversion_rate,
        compared.strict_entered as {{ subject }}_entered_strict,
        case when not funnel_stages.is_last then compared.strict_converted end
            as {{ subject }}_converted_strict,
        {{ ratio('case when not funnel_stages.is_last then compared.conversion_rate_strict end') }}
            as conversion_rate_strict,
        compared.entered < company.minimum_cases as is_small_sample,
        {{ run_id() }} as _run_id
    from compared
    inner join members on members.member_number = compared.member_number
    inner join periods on periods.period_id = compared.period_id
    inner join funnel_stages on funnel_stages.stage_order = compared.stage_order
    cross join company

)

select * from final
{%- endmacro %}
