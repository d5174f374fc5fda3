-- What counts towards goals, measure by measure, one row per thing that counts.

with

commission_credits as (

    select * from {{ ref('commission_credits') }}

),

deals as (

    select * from {{ ref('pipeline_deals') }}

),

activities as (

    select * from {{ ref('activities') }}
    where is_completed

),

bookings as (

    select
        'bookings' as measure,
        credit_key as source_key,
        opportunity_key as deal_key,
        rep_key,
        credit_date as actual_date,
        credit_kind = 'overlay' as is_overlay,
        deal_amount as whole_amount,
        credit_amount as amount
    from commission_credits

),

deals_created as (

    select
        measures.measure,
        deals.opportunity_key as source_key,
        deals.opportunity_key as deal_key,
        deals.rep_key,
        deals.created_date as actual_date,
        false as is_overlay,
        case when measures.measure = 'pipeline_created' then deals.amount else 1 end as whole_amount,
        case when measures.measure = 'pipeline_created' then deals.amount else 1 end as amount
    from deals
    cross join (values ('pipeline_created'), ('created_deals')) as measures (measure)

),

deals_won as (

    select
        'won_deals' as measure,
        opportunity_key as source_key,
        opportunity_key as deal_key,
        rep_key,
        close_date as actual_date,
        false as is_overlay,
        1 as whole_amount,
        1 as amount
    from deals
    where is_won

),

activities_done as (

    select
        measures.measure,
        activities.activity_key as source_key,
        activities.activity_key as deal_key,
        activities.rep_key,
        activities.activity_date as actual_date,
        false as is_overlay,
        1 as whole_amount,
        1 as amount
    from activities
    inner join (
        values ('activities', null), ('calls', 'call'), ('emails', 'email'), ('meetings', 'meeting')
    ) as measures (measure, activity_type)
        on measures.activity_type is null or measures.activity_type = activities.activity_type

),

actuals as (

    select * from bookings
    union all
    select * from deals_created
    union all
    select * from deals_won
    union all
    select * from activities_done

)

select
    actuals.measure,
    actuals.source_key,
    actuals.deal_key,
    actuals.rep_key,
    actuals.actual_date,
    actuals.is_overlay,
    {{ money('actuals.whole_amount') }} as whole_amount,
    {{ money('actuals.amount') }} as amount
from actuals
where actuals.actual_date is not null and actuals.amount is not null
