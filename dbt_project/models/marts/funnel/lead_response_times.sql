-- How long each lead waited for a person. Working hours are counted by how many had passed by either moment since the calendar
-- began, so that no range of days is walked through.

with

leads as (

    select * from {{ ref('leads') }}
    where not is_deleted and created_at is not null and created_at <= {{ as_of() }}

),

person_identities as (

    select * from {{ ref('person_identities') }}

),

activities as (

    select * from {{ ref('activities') }}
    where is_outreach and is_completed and happened_at <= {{ as_of() }}

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
        identities.person_key
    from leads
    inner join person_identities as identities
        on identities.record_kind = 'lead' and identities.record_key = leads.lead_key

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
    inner join person_identities as identities
        on
            identities.record_kind = case when activities.lead_key is null then 'contact' else 'lead' end
            and identities.record_key = coalesce(activities.lead_key, activities.contact_key)
    left join reps on reps.rep_key = activities.rep_key
    where coalesce(reps.role, 'unknown') <> 'system'

),

answers as (

    select
        person_leads.lead_key,
        outreach.activity_key,
        outreach.activity_type,
        outreach.rep_key,
        outreach.happened_at,
        row_number() over (
            partition by person_leads.lead_key
            order by outreach.happened_at, outreach.activity_key
        ) as answer_rank
    from person_leads
    inner join outreach
        on outreach.person_key = person_leads.person_key and outreach.happened_at >= person_leads.created_at

),

waits as (

    select
        person_leads.*,
        answers.happened_at as first_response_at,
        answers.activity_key as response_activity_key,
        answers.activity_type as response_type,
        answers.rep_key as response_rep_key,
        coalesce(answers.happened_at, {{ as_of() }}) as waited_until,
        {{ company_date('person_leads.created_at') }} as created_date
    from person_leads
    left join answers on answers.lead_key = person_leads.lead_key and answers.answer_rank = 1

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
        cast(case when first_response_at is not null then hours_waited end as numeric(12, 4)) as response_hours,
        cast(target_hours as numeric(12, 4)) as target_hours,
        first_response_at is not null and hours_waited <= target_hours as is_within_target,
        first_response_at is null and hours_waited <= target_hours as is_still_due,
        {{ run_id() }} as _run_id
    from measured

)

select * from final
