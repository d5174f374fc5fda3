-- How soon leads are answered, by the period they were created in.
{%- set levels = {'channel': 'channel', 'technique': 'technique', 'segment': 'segment', 'region': 'region', 'rep': 'rep_key'} %}

with

leads as (

    select * from {{ ref('lead_response_times') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

company as (

    select * from {{ ref('company') }}

),

periods as (

    -- Numbered: a number is sorted faster than a type, two days and a name.
    select
        *,
        row_number() over (order by period_type, period_start) as period_id
    from (select distinct period_type, period_start, period_end, period_name from period_days) as known

),

days as (

    select
        period_days.calendar_date,
        periods.period_id
    from period_days
    inner join periods
        on periods.period_type = period_days.period_type and periods.period_start = period_days.period_start

),

dated as (

    select
        leads.*,
        days.period_id
    from leads
    inner join days on days.calendar_date = leads.created_date

),

grouped as (

    select
        case
            {% for level, column in levels.items() -%}
            when grouping({{ column }}) = 0 then '{{ level }}'
            {% endfor -%}
            else 'all'
        end as dimension_level,
        coalesce(channel, technique, segment, region, rep_key, 'all') as member,
        period_id,
        count(*) as leads,
        count(*) filter (where is_answered) as leads_answered,
        count(*) filter (where is_within_target) as leads_within_target,
        count(*) filter (where is_still_due) as leads_still_due,
        max(target_hours) as target_hours,
        {{ percentile('response_seconds', 0.5) }} / 3600 as median_hours,
        {{ percentile('response_seconds', 0.9) }} / 3600 as p90_hours
    from dated
    group by period_id, grouping sets ((), (channel), (technique), (segment), (region), (rep_key))

),

final as (

    select
        md5(
            grouped.dimension_level || '|' || grouped.member || '|' || periods.period_type || '|' || periods.period_start
        ) as lead_response_key,
        grouped.dimension_level,
        grouped.member,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        periods.period_name,
        grouped.leads,
        grouped.leads_answered,
        grouped.leads - grouped.leads_answered as leads_unanswered,
        grouped.leads_still_due,
        {{ ratio(safe_divide('grouped.leads_answered', 'grouped.leads')) }} as answered_share,
        {{ ratio('grouped.median_hours') }} as median_hours,
        {{ ratio('grouped.p90_hours') }} as p90_hours,
        grouped.target_hours,
        grouped.leads_within_target,
        {{ ratio(safe_divide('grouped.leads_within_target', 'grouped.leads')) }} as within_target_share,
        grouped.leads < company.minimum_cases as is_small_sample,
        {{ run_id() }} as _run_id
    from grouped
    inner join periods on periods.period_id = grouped.period_id
    cross join company

)

select * from final
