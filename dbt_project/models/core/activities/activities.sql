-- What reps did: calls, e-mails, meetings and the rest, each with the day it counts for.

with

activities as (

    {{ union_staging('activities', [
        'activity_key', 'source_account', 'activity_id', 'owner_key', 'account_key', 'contact_key', 'lead_key',
        'opportunity_key', 'source_type', 'subject', 'status', 'activity_date', 'activity_at', 'created_at', 'is_completed',
        'is_deleted', '_run_id',
    ]) }}

),

company as (

    select * from {{ ref('company') }}

),

rep_identities as (

    select * from {{ ref('rep_identities') }}

),

typed as (

    select
        activities.*,
        {{ company_date('created_at') }} as created_on,
        coalesce({{ company_date('activity_at') }}, activity_date, {{ company_date('created_at') }}) as counted_date,
        case
            when {{ fold('source_type') }} like '%call%' or {{ fold('source_type') }} in ('phone', 'dial') then 'call'
            when {{ fold('source_type') }} like '%mail%' then 'email'
            when
                {{ fold('source_type') }} in ('event', 'meeting', 'demo', 'visit', 'appointment')
                or {{ fold('source_type') }} like '%meeting%'
                then 'meeting'
            else 'other'
        end as activity_type
    from activities
    where not is_deleted

),

conformed as (

    select
        typed.activity_key,
        typed.source_account,
        typed.activity_id,
        typed.activity_type,
        typed.source_type,
        {{ or_unknown('rep_identities.rep_key') }} as rep_key,
        typed.account_key,
        typed.contact_key,
        typed.lead_key,
        typed.opportunity_key,
        typed.subject,
        typed.status,
        typed.counted_date as activity_date,
        typed.activity_at,
        typed.created_at,
        -- Where nothing says whether it took place, it did once its day has begun.
        coalesce(
            typed.is_completed,
            case
                when {{ fold('typed.status') }} in ('completed', 'complete', 'done', 'held', 'closed', 'sent') then true
                when {{ fold('typed.status') }} is not null then false
            end,
            typed.counted_date <= {{ as_of_date() }}
        ) as is_completed,
        -- Where only the day is known, its working hours are over, lest anybody look faster than he was.
        coalesce(
            typed.activity_at,
            case when typed.counted_date = typed.created_on then typed.created_at end,
            {{ moment_of_day('typed.counted_date', 'company.business_day_end_second') }}
        ) as happened_at,
        typed.activity_type in ('call', 'email', 'meeting')
        and not {{ is_inbound('typed.source_type') }}
        and not {{ is_automatic('typed.source_type', 'typed.subject') }} as is_outreach,
        typed._run_id
    from typed
    cross join company
    left join rep_identities on rep_identities.identity_key = typed.owner_key

)

select * from conformed
