-- How soon leads are answered, by the period they were created in.
{%- set levels = {'channel': 'channel', 'technique': 'technique', 'segment': 'segment', 'region': 'region', 'rep': 'rep_key'} %}

with

leads as (

    select * from {{ ref('lead_response_times') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ('month', 'quarter', 'year')

),

company as (

    select * from {{ ref('company') }}

),

dated as (

    select
        leads.*,
        period_days.period_type,
        period_days.period_start,
        period_days.period_end,
        period_days.period_name
    from leads
    inner join period_days on period_days.calendar_date = leads.created_date

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
        period_type,
        period_start,
        period_end,
        period_name,
        count(*) as leads,
        count(*) filter (where is_answered) as leads_answered,
        count(*) filter (where is_within_target) as leads_within_target,
        count(*) filter (where is_still_due) as leads_still_due,
        max(target_hours) as target_hours,
        {{ percentile('response_seconds', 0.5) }} / 3600 as median_hours,
        {{ percentile('response_seconds', 0.9) }} / 3600 as p90_hours
    from dated
    group by
        period_type, period_start, period_end, period_name,
        grouping sets ((), (channel), (technique), (segment), (region), (rep_key))

),

final as (

    select
        md5(
            grouped.dimension_level || '|' || grouped.member || '|' || grouped.period_type || '|' || grouped.period_start
        ) as lead_response_key,
        grouped.dimension_level,
        grouped.member,
        grouped.period_type,
        grouped.period_start,
        grouped.period_end,
        grouped.period_name,
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
    cross join company

)

select * from final
