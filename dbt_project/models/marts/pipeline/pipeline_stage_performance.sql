-- What became of the deals that first entered a stage in a period, and how long stays begun in it last.

{% set exits = stage_exits() %}
{% set counts = [
    'entries', 'reentries', 'skipped_deals', 'converted_deals', 'lost_deals', 'open_deals', 'still_in_stage'
] %}

with

visits as (

    select * from {{ ref('pipeline_stage_visits') }}

),

curves as (

    select * from {{ ref('pipeline_stage_survival') }}

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

periods as (

    select * from {{ ref('periods') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

company as (

    select * from {{ ref('company') }}

),

-- A stage nobody ever entered is none of this company's: whoever passes it skips nothing.
stages as (

    select
        stage,
        min(stage_order) as stage_order,
        {{ survival_quantile('days', 'staying_share', 0.1) }} as p90_days,
        row_number() over (order by stage) as stage_number
    from curves
    where dimension_level = 'all'
    group by stage

),

slices as (

    select
        dimension_level,
        team,
        segment,
        row_number() over (order by dimension_level, team, segment) as slice_number
    from curves
    group by dimension_level, team, segment

),

-- Fiscal months make up the longer periods: deals are summed to months once.
month_periods as (

    select
        calendar_date as month_start,
        period_type,
        period_start,
        dense_rank() over (order by period_type, period_start) as period_number
    from period_days

),

{# Numbers instead of names: sorting hundreds of thousands of rows by six columns would cost more than all the rest. #}
cohorts as (

    select
        {{ cohort_number('period_numbers', 'slices', 'stages') }} as cohort_number,
        period_numbers.period_type,
        period_numbers.period_start,
        slices.dimension_level,
        slices.team,
        slices.segment,
        stages.stage,
        stages.stage_order,
        stages.p90_days
    from (select distinct period_type, period_start, period_number from month_periods) as period_numbers
    cross join slices
    cross join stages

),

timed as (

    select
        stages.stage_number,
        teams.slice_number as team_slice,
        segments.slice_number as segment_slice,
        calendar_dates.month_start,
        visits.is_skipped,
        visits.is_first,
        visits.is_converted,
        visits.exit_kind,
        visits.outcome,
        case
            when visits.is_skipped then 0
            else greatest(
                {{ days_between('visits.entered_date', 'coalesce(visits.left_date, ' ~ as_of_date() ~ ')') }}, 0
            )
        end as days
    from visits
    inner join calendar_dates on calendar_dates.calendar_date = visits.entered_date
    inner join stages on stages.stage = visits.stage
    inner join slices as teams on teams.dimension_level = 'team' and teams.team = visits.team
    inner join slices as segments on segments.dimension_level = 'segment' and segments.segment = visits.segment

),

-- Days of a stage that was skipped count no stay.
counted as (

    select
        stage_number,
        coalesce(team_slice, segment_slice, (select slice_number from slices where dimension_level = 'all'))
            as slice_number,
        month_start,
        days,
        count(*) filter (where is_first) as entries,
        count(*) filter (where not is_first and not is_skipped) as reentries,
        count(*) filter (where is_skipped) as skipped_deals,
        count(*) filter (where is_first and is_converted) as converted_deals,
        count(*) filter (where is_first and not is_converted and outcome = 'lost') as lost_deals,
        count(*) filter (where is_first and not is_converted and outcome <> 'lost') as open_deals,
        count(*) filter (where not is_skipped and exit_kind is null) as still_in_stage,
        count(*) filter (where not is_skipped) as stays
        {%- for way in exits %},
        count(*) filter (where exit_kind = '{{ way }}') as {{ way }}_stays
        {%- endfor %}
    from timed
    group by stage_number, month_start, days, grouping sets ((), (team_slice), (segment_slice))

),

durations as (

    select
        {{ cohort_number('month_periods', 'counted', 'counted') }} as cohort_number,
        counted.days
        {%- for name in counts + ['stays'] %},
        cast(sum(counted.{{ name }}) as integer) as {{ name }}
        {%- endfor %}
        {%- for way in exits %},
        cast(sum(counted.{{ way }}_stays) as integer) as {{ way }}_stays
        {%- endfor %}
    from counted
    inner join month_periods on month_periods.month_start = counted.month_start
    group by 1, counted.days

),

{{ survival_curves('durations', ['cohort_number'], exits, ['advanced', 'lost']) }},

sums as (

    select
        cohort_number
        {%- for name in counts %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
        {%- for way in exits %},
        sum({{ way }}_stays) as {{ way }}_stays
        {%- endfor %},
        {{ survival_quantile('days', 'survival', 0.5) }} as median_days,
        {{ survival_quantile('days', 'survival', 0.1) }} as p90_days,
        {{ incidence_quantile('days', 'advanced_incidence', 0.5) }} as median_days_to_advance,
        max(advanced_incidence) as advanced_share,
        max(lost_incidence) as lost_incidence
    from survival
    group by cohort_number

),

final as (

    select
        cohorts.dimension_level,
        cohorts.period_type,
        cohorts.period_start,
        periods.period_end,
        periods.period_name,
        cohorts.stage,
        cohorts.stage_order,
        cohorts.team,
        cohorts.segment,
        {%- for name in counts %}
        cast(sums.{{ name }} as bigint) as {{ name }},
        {%- endfor %}
        cast(sums.advanced_stays as bigint) as exits_forward,
        cast(sums.back_stays as bigint) as exits_backward,
        cast(sums.lost_stays as bigint) as exits_lost,
        cast(sums.other_stays as bigint) as exits_other,
        {{ ratio(safe_divide('sums.converted_deals + sums.skipped_deals', '(sums.entries + sums.skipped_deals)')) }}
            as conversion_rate,
        {{ ratio(safe_divide('sums.converted_deals', 'sums.entries')) }} as conversion_rate_entered,
        {{ ratio(safe_divide('sums.lost_deals', '(sums.entries + sums.skipped_deals)')) }} as lost_share,
        {{ ratio(safe_divide('sums.open_deals', '(sums.entries + sums.skipped_deals)')) }} as open_share,
        cast(sums.median_days as integer) as median_days,
        cast(sums.p90_days as integer) as p90_days,
        cast(sums.median_days_to_advance as integer) as median_days_to_advance,
        {{ ratio('sums.advanced_share') }} as expected_advance_share,
        {{ ratio('sums.lost_incidence') }} as expected_loss_share,
        cast(cohorts.p90_days as integer) as stage_p90_days,
        coalesce({{ days_between('periods.period_end - 1', as_of_date()) }} < cohorts.p90_days, true) as is_immature,
        sums.entries + sums.skipped_deals < company.minimum_cases as is_small_sample,
        {{ run_id() }} as _run_id
    from sums
    inner join cohorts on cohorts.cohort_number = sums.cohort_number
    inner join periods on periods.period_type = cohorts.period_type and periods.period_start = cohorts.period_start
    cross join company

)

select * from final
