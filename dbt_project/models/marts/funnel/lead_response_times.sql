-- How long each lead waited for a person. Working hours are counted by how many had passed by either moment since the calendar
-- began, so that no range of days is walked through.

with

leads as (

    select * from {{ ref('leads') }}
    where not is_deleted and created_at is not null and created_at <= {{ as_of() }}

),

lead_identities as (

    select * from {{ ref('person_identities') }}
    where record_kind = 'lead'

),

outreach_identities as (

    select * from {{ ref('person_identities') }}

),

activities as (

    -- As one condition: planners multiply the odds of several, expect a handful of rows and loop over millions.
    select * from {{ ref('activities') }}
    where case when is_outreach and is_completed and happened_at <= {{ as_of() }} then true else false end

),

reps as (

    select * from {{ ref('reps') }}

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

company as (

    select * from {{ ref('company') }}

),

person_leads as (

    select
        leads.*,
        lead_identities.person_key
    from leads
    inner join lead_identities on lead_identities.record_key = leads.lead_key

),

outreach as (

    -- After a conversion the source may name the contact where it named the lead: it is the person that counts.
    select
        identities.person_key,
        activities.activity_key,
        activities.activity_type,
        activities.rep_key,
        activities.happened_at
    from activities
    inner join outreach_identities as identities
        on
            identities.record_kind = case when activities.lead_key is null then 'contact' else 'lead' end
            and identities.record_key = coalesce(activities.lead_key, activities.contact_key)
    left join reps on reps.rep_key = activities.rep_key
    where coalesce(reps.role, 'unknown') <> 'system'

),

events as (

    select
        person_key,
        created_at as happened_at,
        lead_key,
        cast(null as {{ dbt.type_string() }}) as activity_key,
        cast(null as {{ dbt.type_string() }}) as activity_type,
        cast(null as {{ dbt.type_string() }}) as rep_key
    from person_leads

    union all

    select
        person_key,
        happened_at,
        cast(null as {{ dbt.type_string() }}) as lead_key,
        activity_key,
        activity_type,
        rep_key
    from outreach

),

numbered as (

    -- A lead and the first outreach at or after it have equally many at or after them. No join: neither side's size is
    -- known beforehand, and pairs of moments are what a planner guesses worst.
    select
        *,
        count(activity_key) over (partition by person_key order by happened_at desc) as outreach_left
    from events

),

answers as (

    select
        lead_key,
        max(case when activity_key is not null then happened_at end) over answering as first_response_at,
        first_value(activity_key) over (answering order by activity_key nulls last) as response_activity_key,
        first_value(activity_type) over (answering order by activity_key nulls last) as response_type,
        first_value(rep_key) over (answering order by activity_key nulls last) as response_rep_key
    from numbered
    window answering as (partition by person_key, outreach_left)

),

waits as (

    select
        person_leads.*,
        answers.first_response_at,
        answers.response_activity_key,
        answers.response_type,
        answers.response_rep_key,
        coalesce(answers.first_response_at, {{ as_of() }}) as waited_until,
        {{ company_date('person_leads.created_at') }} as created_date
    from person_leads
    inner join answers on answers.lead_key = person_leads.lead_key

),

counted as (

    select
        waits.*,
        company.lead_response_hours as target_hours,
        {% for name, moment in [('begun', 'waits.created_at'), ('ended', 'waits.waited_until')] -%}
        case
            when {{ name }}.is_business_day
                then
                    ({{ name }}.business_day_number - 1)
                    * (company.business_day_end_second - company.business_day_start_second)
                    + least(
                        greatest({{ second_of_day(moment) }}, company.business_day_start_second),
                        company.business_day_end_second
                    ) - company.business_day_start_second
            else
                {{ name }}.business_day_number
                * (company.business_day_end_second - company.business_day_start_second)
        end as seconds_{{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from waits
    cross join company
    left join calendar_dates as begun on begun.calendar_date = waits.created_date
    left join calendar_dates as ended on ended.calendar_date = {{ company_date('waits.waited_until') }}

),

measured as (

    select
        *,
        seconds_ended - seconds_begun as seconds_waited,
        {{ safe_divide('(seconds_ended - seconds_begun)', '3600') }} as hours_waited
    from counted

),

final as (

    select
        lead_key,
        lead_id,
        source_account,
        person_key,
        rep_key,
        lead_source,
        coalesce(channel, 'unknown') as channel,
        coalesce(technique, 'unknown') as technique,
        coalesce(segment, 'unknown') as segment,
        coalesce(region, 'unknown') as region,
        created_at,
        created_date,
        first_response_at,
        response_activity_key,
        response_type,
        response_rep_key,
        first_response_at is not null as is_answered,
        cast(case when first_response_at is not null then seconds_waited end as bigint) as response_seconds,
        cast(case when first_response_at is not null then hours_waited end as numeric(12, 4)) as response_hours,
        cast(target_hours as numeric(12, 4)) as target_hours,
        first_response_at is not null and hours_waited <= target_hours as is_within_target,
        first_response_at is null and hours_waited <= target_hours as is_still_due,
        {{ run_id() }} as _run_id
    from measured

)

select * from final
