-- Where the funnel loses more people, or lets them wait longer, than it used to. Only people with the whole window behind
-- them count, in a period and in its baseline alike, so that a young period is not taken for a bad one.
{%- set levels = {'all': none, 'channel': 'channel', 'segment': 'segment', 'region': 'region', 'rep': 'rep_key'} %}
{%- set figures = ['entered', 'converted', 'timed', 'days', 'squared_days', 'won_deals', 'won_amount'] %}
{%- set member = ['dimension_level', 'member', 'period_type', 'period_start'] | join(', ') %}

with

entries as (

    select * from {{ ref('funnel_stage_entries') }}

),

funnel_stages as (

    select
        *,
        stage_order = max(stage_order) over () as is_last
    from {{ ref('funnel_stages') }}

),

opportunities as (

    select * from {{ ref('opportunities') }}
    where not is_deleted and is_won

),

periods as (

    select * from {{ ref('periods') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

month_days as (

    select
        calendar_date,
        period_start as month_start
    from {{ ref('period_days') }}
    where period_type = 'month'

),

company as (

    select * from {{ ref('company') }}

),

paths as (

    -- Dimensions are those of the first entry at every stage, as in funnel_conversion.
    select
        stage_order,
        entered_date,
        opportunity_key,
        lead(entered_date) over subject_path as next_date,
        lead(days_since_previous_stage) over subject_path as days_to_next,
        coalesce(first_value(channel) over subject_path, 'unknown') as channel,
        coalesce(first_value(segment) over subject_path, 'unknown') as segment,
        coalesce(first_value(region) over subject_path, 'unknown') as region,
        first_value(rep_key) over subject_path as rep_key
    from entries
    window subject_path as (partition by person_key order by stage_order)

),

usual_waits as (

    select
        stage_order,
        ceil({{ percentile('days_to_next', 0.9) }}) as days
    from paths
    where days_to_next is not null
    group by stage_order

),

stage_windows as (

    select
        funnel_stages.stage_order,
        case
            when not funnel_stages.is_last
                then cast(greatest(coalesce(usual_waits.days, {{ var('funnel_window_days') }}), 1) as integer)
        end as window_days
    from funnel_stages
    left join usual_waits on usual_waits.stage_order = funnel_stages.stage_order

),

followed as (

    select
        month_days.month_start,
        paths.stage_order,
        paths.channel,
        paths.segment,
        paths.region,
        paths.rep_key,
        case when paths.next_date <= paths.entered_date + stage_windows.window_days then 1 else 0 end as is_converted,
        case when paths.days_to_next <= stage_windows.window_days then paths.days_to_next end as days,
        case when stage_windows.window_days is null then opportunities.amount end as won_amount
    from paths
    inner join stage_windows on stage_windows.stage_order = paths.stage_order
    inner join month_days on month_days.calendar_date = paths.entered_date
    left join opportunities on opportunities.opportunity_key = paths.opportunity_key
    where paths.entered_date + coalesce(stage_windows.window_days, 0) <= {{ as_of_date() }}

),

monthly as (

    select
        case
            {% for level, column in levels.items() if column -%}
            when grouping({{ column }}) = 0 then '{{ level }}'
            {% endfor -%}
            else 'all'
        end as dimension_level,
        coalesce(channel, segment, region, rep_key, 'all') as member,
        month_start,
        stage_order,
        count(*) as entered,
        sum(is_converted) as converted,
        count(days) as timed,
        coalesce(sum(days), 0) as days,
        coalesce(sum(days * days), 0) as squared_days,
        count(won_amount) as won_deals,
        coalesce(sum(won_amount), 0) as won_amount
    from followed
    group by month_start, stage_order, grouping sets ((), (channel), (segment), (region), (rep_key))

),

months as (

    select
        monthly.*,
        periods.fiscal_quarter_start as quarter_start,
        periods.fiscal_year_start as year_start
    from monthly
    inner join periods on periods.period_type = 'month' and periods.period_start = monthly.month_start

),

summed as (

    {% for period_type in ['month', 'quarter', 'year'] -%}
    select
        dimension_level,
        member,
        '{{ period_type }}' as period_type,
        {{ period_type }}_start as period_start,
        stage_order
        {%- for figure in figures %},
        sum({{ figure }}) as {{ figure }}
        {%- endfor %}
    from months
    group by dimension_level, member, {{ period_type }}_start, stage_order
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

stages_of_members as (

    -- Every stage of a member in a period, so that what follows a stage is there even where nobody entered it.
    select
        members.*,
        funnel_stages.funnel_stage,
        funnel_stages.stage_order,
        funnel_stages.is_last
    from (select distinct {{ member }} from summed) as members
    cross join funnel_stages

),

laid_out as (

    select
        stages_of_members.*,
        periods.period_end,
        periods.period_name,
        periods.period_number
        {%- for figure in figures %},
        coalesce(summed.{{ figure }}, 0) as {{ figure }}
        {%- endfor %}
    from stages_of_members
    inner join periods
        on
            periods.period_type = stages_of_members.period_type
            and periods.period_start = stages_of_members.period_start
    left join summed
        on
            summed.dimension_level = stages_of_members.dimension_level
            and summed.member = stages_of_members.member
            and summed.period_type = stages_of_members.period_type
            and summed.period_start = stages_of_members.period_start
            and summed.stage_order = stages_of_members.stage_order

),

compared as (

    {% for period_type, periods_back in [('month', 12), ('quarter', 4), ('year', 1)] -%}
    select
        laid_out.*
        {%- for figure in figures %},
        coalesce(sum({{ figure }}) over {{ period_type }}s_before, 0) as baseline_{{ figure }}
        {%- endfor %}
    from laid_out
    where period_type = '{{ period_type }}'
    window {{ period_type }}s_before as (
        partition by dimension_level, member, stage_order
        order by period_number range between {{ periods_back }} preceding and 1 preceding
    )
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

rated as (

    select
        *,
        {{ safe_divide('baseline_converted', 'baseline_entered') }} as baseline_rate,
        {{ safe_divide('days', 'timed') }} as mean_days,
        {{ safe_divide('baseline_days', 'baseline_timed') }} as baseline_mean_days,
        {{ two_proportion_z('converted', 'entered', 'baseline_converted', 'baseline_entered') }} as z_score,
        {{ two_means_z(
            'timed', 'days', 'squared_days', 'baseline_timed', 'baseline_days', 'baseline_squared_days'
        ) }} as wait_z_score
    from compared

),

valued as (

    select
        *,
        -- Whole numbers, divided once: every engine rounds them alike.
        {{ ratio(safe_divide(
            '(entered * baseline_converted - converted * baseline_entered)', 'baseline_entered'
        )) }} as people_lost_beyond,
        cast({{ safe_divide(
            '(days * baseline_timed - baseline_days * timed)', 'case when timed > 0 then baseline_timed end'
        ) }} as numeric(17, 2)) as days_waited_beyond,
        -- What becomes of those who pass this stage, as things were: the product of the later stages' rates.
        case
            when count(*) over later_stages = 1 then 1e0
            when count(case when baseline_rate > 0 then 1 end) over later_stages = count(*) over later_stages - 1
                then exp(sum(ln(case when baseline_rate > 0 then cast(baseline_rate as double precision) end)) over later_stages)
            when min(case when not is_last then baseline_rate end) over later_stages = 0 then 0e0
        end as won_share,
        {{ money(
            'max(case when is_last then ' ~ safe_divide('baseline_won_amount', 'baseline_won_deals') ~ ' end) over (partition by '
            ~ member ~ ')'
        ) }} as average_won_amount
    from rated
    window later_stages as (
        partition by {{ member }} order by stage_order rows between 1 following and unbounded following
    )

),

tested as (

    select
        *,
        {{ two_sided_p('z_score') }} as p_value,
        {{ two_sided_p('wait_z_score') }} as wait_p_value
    from valued
    where not is_last and entered > 0

),

ranked as (

    select
        *,
        row_number() over (partition by {{ member }} order by p_value, stage_order) as p_rank,
        count(p_value) over (partition by {{ member }}) as p_known,
        row_number() over (partition by {{ member }} order by wait_p_value, stage_order) as wait_p_rank,
        count(wait_p_value) over (partition by {{ member }}) as wait_p_known,
        case when people_lost_beyond is not null then rank() over (
            partition by {{ member }} order by people_lost_beyond desc nulls last
        ) end as loss_rank,
        case when days_waited_beyond is not null then rank() over (
            partition by {{ member }} order by days_waited_beyond desc nulls last
        ) end as wait_rank
    from tested

),

adjusted as (

    select
        *,
        {{ adjusted_p('p_value', 'p_rank', 'p_known', member) }} as adjusted_p_value,
        {{ adjusted_p('wait_p_value', 'wait_p_rank', 'wait_p_known', member) }} as wait_adjusted_p_value
    from ranked

),

final as (

    select
        md5(
            adjusted.dimension_level || '|' || adjusted.member || '|' || adjusted.period_type || '|'
            || adjusted.period_start || '|' || adjusted.funnel_stage
        ) as bottleneck_key,
        adjusted.dimension_level,
        adjusted.member,
        adjusted.period_type,
        adjusted.period_start,
        adjusted.period_end,
        adjusted.period_name,
        adjusted.funnel_stage,
        adjusted.stage_order,
        stage_windows.window_days,
        cast(adjusted.entered as bigint) as people_entered,
        cast(adjusted.converted as bigint) as people_converted,
        cast(adjusted.entered - adjusted.converted as bigint) as people_lost,
        {{ ratio(safe_divide('adjusted.converted', 'adjusted.entered')) }} as conversion_rate,
        cast(adjusted.baseline_entered as bigint) as baseline_entered,
        cast(adjusted.baseline_converted as bigint) as baseline_converted,
        {{ ratio('adjusted.baseline_rate') }} as baseline_rate,
        adjusted.people_lost_beyond as people_lost_beyond_baseline,
        {{ ratio('adjusted.z_score') }} as z_score,
        {{ ratio('adjusted.p_value') }} as p_value,
        {{ ratio('adjusted.adjusted_p_value') }} as adjusted_p_value,
        {{ verdict('adjusted.z_score', 'adjusted.adjusted_p_value', 'loses more', 'loses fewer') }} as loss_verdict,
        cast(adjusted.loss_rank as integer) as loss_rank,
        cast(adjusted.timed as bigint) as people_timed,
        cast(adjusted.mean_days as numeric(12, 2)) as mean_days,
        cast(adjusted.baseline_timed as bigint) as baseline_timed,
        cast(adjusted.baseline_mean_days as numeric(12, 2)) as baseline_mean_days,
        adjusted.days_waited_beyond as days_waited_beyond_baseline,
        {{ ratio('adjusted.wait_z_score') }} as wait_z_score,
        {{ ratio('adjusted.wait_p_value') }} as wait_p_value,
        {{ ratio('adjusted.wait_adjusted_p_value') }} as wait_adjusted_p_value,
        {{ verdict('- adjusted.wait_z_score', 'adjusted.wait_adjusted_p_value', 'slower', 'faster') }} as wait_verdict,
        cast(adjusted.wait_rank as integer) as wait_rank,
        {{ ratio('adjusted.won_share') }} as won_share,
        adjusted.average_won_amount,
        {{ money(
            'greatest(adjusted.people_lost_beyond, 0) * '
            ~ money('adjusted.average_won_amount * ' ~ ratio('adjusted.won_share'))
        ) }} as worth_amount,
        adjusted.entered < company.minimum_cases or adjusted.baseline_entered < company.minimum_cases as is_small_sample,
        {{ run_id() }} as _run_id
    from adjusted
    inner join stage_windows on stage_windows.stage_order = adjusted.stage_order
    cross join company

)

select * from final
