-- What became of the deals that first entered a stage in a period, and how long stays begun in it last.

{% set groups = ['dimension_level', 'period_type', 'period_start', 'stage', 'team', 'segment'] %}
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
    where dimension_level = 'all'

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

periods as (

    select * from {{ ref('periods') }}

),

{# Fiscal months make up the longer periods: deals are summed to months once. #}
month_periods as (

    select
        calendar_date as month_start,
        period_type,
        period_start
    from {{ ref('period_days') }}
    where period_type in ('month', 'quarter', 'year')

),

company as (

    select * from {{ ref('company') }}

),

timed as (

    select
        visits.*,
        calendar_dates.month_start,
        case
            when not visits.is_skipped
                then greatest(
                    {{ days_between('visits.entered_date', 'coalesce(visits.left_date, ' ~ as_of_date() ~ ')') }}, 0
                )
        end as days
    from visits
    inner join calendar_dates on calendar_dates.calendar_date = visits.entered_date

),

{# Skipped stages have no days. #}
counted as (

    select
        stage,
        month_start,
        team,
        segment,
        days,
        count(*) filter (where is_first) as entries,
        count(*) filter (where not is_first and not is_skipped) as reentries,
        count(*) filter (where is_skipped) as skipped_deals,
        count(*) filter (where is_first and is_converted) as converted_deals,
        count(*) filter (where is_first and not is_converted and outcome = 'lost') as lost_deals,
        count(*) filter (where is_first and not is_converted and outcome <> 'lost') as open_deals,
        count(*) filter (where not is_skipped and exit_kind is null) as still_in_stage,
        count(days) as stays
        {%- for way in exits %},
        count(*) filter (where exit_kind = '{{ way }}') as {{ way }}_stays
        {%- endfor %}
    from timed
    group by 1, 2, 3, 4, 5

),

by_days as (

    select
        month_periods.period_type,
        month_periods.period_start,
        counted.stage,
        {{ slice_columns() }},
        counted.days
        {%- for name in counts + ['stays'] %},
        sum(counted.{{ name }}) as {{ name }}
        {%- endfor %}
        {%- for way in exits %},
        sum(counted.{{ way }}_stays) as {{ way }}_stays
        {%- endfor %}
    from counted
    inner join month_periods on month_periods.month_start = counted.month_start
    group by
        month_periods.period_type, month_periods.period_start, counted.stage, counted.days,
        grouping sets ((), (team), (segment))

),

sums as (

    select
        {{ groups | join(', ') }}
        {%- for name in counts + ['stays'] %},
        sum({{ name }}) as {{ name }}
        {%- endfor %}
        {%- for way in exits %},
        sum({{ way }}_stays) as {{ way }}_stays
        {%- endfor %}
    from by_days
    group by {{ groups | join(', ') }}

),

durations as (

    select * from by_days
    where days is not null

),

{{ survival_curves('durations', groups, exits) }},

quantiles as (

    select
        {{ groups | join(', ') }},
        {{ survival_quantile('days', 'survival', 0.5) }} as median_days,
        {{ survival_quantile('days', 'survival', 0.1) }} as p90_days,
        {{ incidence_quantile('days', 'advanced_incidence', 0.5) }} as median_days_to_advance,
        max(advanced_incidence) as advanced_share,
        max(lost_incidence) as lost_incidence
    from survival
    group by {{ groups | join(', ') }}

),

{# A stage nobody ever entered is none of this company's: whoever passes it skips nothing. #}
stages as (

    select
        stage,
        min(stage_order) as stage_order,
        {{ survival_quantile('days', 'staying_share', 0.1) }} as p90_days
    from curves
    group by stage

),

final as (

    select
        sums.dimension_level,
        sums.period_type,
        sums.period_start,
        periods.period_end,
        periods.period_name,
        sums.stage,
        stages.stage_order,
        sums.team,
        sums.segment,
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
        cast(quantiles.median_days as integer) as median_days,
        cast(quantiles.p90_days as integer) as p90_days,
        cast(quantiles.median_days_to_advance as integer) as median_days_to_advance,
        {{ ratio('quantiles.advanced_share') }} as expected_advance_share,
        {{ ratio('quantiles.lost_incidence') }} as expected_loss_share,
        cast(stages.p90_days as integer) as stage_p90_days,
        coalesce({{ days_between('periods.period_end - 1', as_of_date()) }} < stages.p90_days, true) as is_immature,
        sums.entries + sums.skipped_deals < company.minimum_cases as is_small_sample,
        {{ run_id() }} as _run_id
    from sums
    inner join stages on stages.stage = sums.stage
    inner join periods on periods.period_type = sums.period_type and periods.period_start = sums.period_start
    cross join company
    left join quantiles
        on quantiles.dimension_level = sums.dimension_level
        and quantiles.period_type = sums.period_type
        and quantiles.period_start = sums.period_start
        and quantiles.stage = sums.stage
        and quantiles.team = sums.team
        and quantiles.segment = sums.segment

)

select * from final
