-- One wide row per rep and fiscal month, quarter and year in which anything happened or was asked of the rep.

with

deals as (

    select * from {{ ref('pipeline_deals') }}

),

bookings as (

    select * from {{ ref('bookings') }}

),

commission_credits as (

    select * from {{ ref('commission_credits') }}

),

quotas as (

    select * from {{ ref('quotas') }}
    where measure = 'bookings'

),

activities as (

    select * from {{ ref('activities') }}
    where is_completed

),

reps as (

    select * from {{ ref('reps') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(goal_period_types()) }})

),

company as (

    select * from {{ ref('company') }}

),

booked as (

    select
        bookings.rep_key,
        period_days.period_type,
        period_days.period_start,
        sum(bookings.net_amount) as bookings_amount,
        sum(bookings.list_amount) filter (where bookings.net_amount is not null) as list_amount,
        sum(bookings.list_amount - bookings.net_amount) as discount_amount
    from bookings
    inner join period_days on period_days.calendar_date = bookings.booking_date
    group by 1, 2, 3

),

credited as (

    select
        commission_credits.rep_key,
        period_days.period_type,
        period_days.period_start,
        sum(commission_credits.credit_amount) as credited_amount
    from commission_credits
    inner join period_days on period_days.calendar_date = commission_credits.credit_date
    group by 1, 2, 3

),

closed as (

    select
        deals.rep_key,
        period_days.period_type,
        period_days.period_start,
        count(*) filter (where deals.is_won) as won_deals,
        count(*) filter (where deals.is_lost) as lost_deals,
        count(*) filter (where deals.amount is null) as closed_deals_without_amount,
        sum(deals.amount) filter (where deals.is_won) as won_amount,
        sum(deals.amount) filter (where deals.is_lost) as lost_amount,
        avg(deals.amount) filter (where deals.is_won) as average_deal_size,
        {{ percentile('case when deals.is_won then deals.amount end', 0.5) }} as median_deal_size,
        avg(deals.cycle_days) filter (where deals.is_won and deals.is_cycle_valid) as mean_cycle_days,
        {{ percentile('case when deals.is_won and deals.is_cycle_valid then deals.cycle_days end', 0.5) }}
            as median_cycle_days
    from deals
    inner join period_days on period_days.calendar_date = deals.close_date
    where deals.is_won or deals.is_lost
    group by 1, 2, 3

),

created as (

    select
        deals.rep_key,
        period_days.period_type,
        period_days.period_start,
        count(*) as created_deals,
        sum(deals.amount) as created_amount
    from deals
    inner join period_days on period_days.calendar_date = deals.created_date
    group by 1, 2, 3

),

still_open as (

    select
        deals.rep_key,
        period_days.period_type,
        period_days.period_start,
        sum(deals.amount) as open_amount
    from deals
    inner join period_days
        on
            period_days.calendar_date = deals.close_date
            and period_days.period_start <= {{ as_of_date() }}
            and {{ as_of_date() }} < period_days.period_end
    where deals.is_open
    group by 1, 2, 3

),

quota as (

    select
        quotas.rep_key,
        period_days.period_type,
        period_days.period_start,
        sum(quotas.quota_amount) as quota_amount
    from quotas
    inner join period_days on period_days.calendar_date = quotas.month_start
    group by 1, 2, 3

),

active as (

    select
        activities.rep_key,
        period_days.period_type,
        period_days.period_start,
        count(*) as activities,
        count(*) filter (where activities.activity_type = 'call') as calls,
        count(*) filter (where activities.activity_type = 'email') as emails,
        count(*) filter (where activities.activity_type = 'meeting') as meetings
    from activities
    inner join period_days on period_days.calendar_date = activities.activity_date
    group by 1, 2, 3

),

spine as (

    select rep_key, period_type, period_start from booked
    union
    select rep_key, period_type, period_start from credited
    union
    select rep_key, period_type, period_start from closed
    union
    select rep_key, period_type, period_start from created
    union
    select rep_key, period_type, period_start from still_open
    union
    select rep_key, period_type, period_start from quota
    union
    select rep_key, period_type, period_start from active

),

periods as (

    select distinct period_type, period_start, period_end, period_name, period_number from period_days

),

joined as (

    select
        spine.rep_key,
        periods.*,
        periods.period_start <= {{ as_of_date() }} and {{ as_of_date() }} < periods.period_end as is_current,
        coalesce(booked.bookings_amount, 0) as bookings_amount,
        booked.list_amount,
        booked.discount_amount,
        coalesce(credited.credited_amount, 0) as credited_amount,
        coalesce(closed.won_deals, 0) as won_deals,
        coalesce(closed.lost_deals, 0) as lost_deals,
        coalesce(closed.closed_deals_without_amount, 0) as closed_deals_without_amount,
        coalesce(closed.won_amount, 0) as won_amount,
        coalesce(closed.lost_amount, 0) as lost_amount,
        closed.average_deal_size,
        closed.median_deal_size,
        closed.mean_cycle_days,
        closed.median_cycle_days,
        coalesce(created.created_deals, 0) as created_deals,
        coalesce(created.created_amount, 0) as created_amount,
        still_open.open_amount,
        quota.quota_amount,
        coalesce(active.activities, 0) as activities,
        coalesce(active.calls, 0) as calls,
        coalesce(active.emails, 0) as emails,
        coalesce(active.meetings, 0) as meetings
    from spine
    inner join periods using (period_type, period_start)
    left join booked using (rep_key, period_type, period_start)
    left join credited using (rep_key, period_type, period_start)
    left join closed using (rep_key, period_type, period_start)
    left join created using (rep_key, period_type, period_start)
    left join still_open using (rep_key, period_type, period_start)
    left join quota using (rep_key, period_type, period_start)
    left join active using (rep_key, period_type, period_start)

),

measured as (

    select
        *,
        case when is_current then coalesce(open_amount, 0) end as current_open_amount,
        {{ ratio(safe_divide('won_deals', 'won_deals + lost_deals')) }} as win_rate,
        {{ ratio(safe_divide('won_amount', 'won_amount + lost_amount')) }} as win_rate_value,
        {{ attainment('credited_amount', 'quota_amount') }} as quota_attainment,
        {{ attainment('discount_amount', 'list_amount') }} as discount_rate
    from joined

),

compared as (

    select
        measured.*,
        prior.bookings_amount as prior_period_bookings_amount,
        prior.win_rate as prior_period_win_rate
    from measured
    left join measured as prior
        on
            prior.rep_key = measured.rep_key
            and prior.period_type = measured.period_type
            and prior.period_number = measured.period_number - 1

),

final as (

    select
        md5(compared.rep_key || '|' || compared.period_type || '|' || compared.period_start) as rep_period_key,
        compared.period_type,
        compared.period_start,
        compared.period_end,
        compared.period_name,
        compared.rep_key,
        reps.rep_name,
        reps.team,
        reps.role,
        {{ money('compared.bookings_amount') }} as bookings_amount,
        {{ money('compared.credited_amount') }} as credited_amount,
        compared.won_deals,
        compared.lost_deals,
        compared.closed_deals_without_amount,
        {{ money('compared.won_amount') }} as won_amount,
        {{ money('compared.lost_amount') }} as lost_amount,
        compared.win_rate,
        compared.win_rate_value,
        {{ money('compared.average_deal_size') }} as average_deal_size,
        {{ money('compared.median_deal_size') }} as median_deal_size,
        cast(compared.mean_cycle_days as numeric(12, 2)) as mean_cycle_days,
        cast(compared.median_cycle_days as numeric(12, 2)) as median_cycle_days,
        compared.created_deals,
        {{ money('compared.created_amount') }} as created_amount,
        {{ money('compared.current_open_amount') }} as open_amount,
        {{ money('compared.quota_amount') }} as quota_amount,
        compared.quota_attainment,
        -- Once the quota is reached nothing remains to be covered.
        {{ attainment(
            'compared.current_open_amount', 'greatest(compared.quota_amount - compared.credited_amount, 0)'
        ) }} as coverage,
        compared.quota_amount <= compared.credited_amount as is_quota_reached,
        compared.activities,
        compared.calls,
        compared.emails,
        compared.meetings,
        compared.discount_rate,
        {{ money('compared.prior_period_bookings_amount') }} as prior_period_bookings_amount,
        compared.prior_period_win_rate,
        case
            when compared.rep_key <> {{ unknown_key() }}
                then rank() over (
                    partition by compared.period_type, compared.period_start, compared.rep_key = {{ unknown_key() }}
                    order by compared.bookings_amount desc
                )
        end as bookings_rank,
        compared.won_deals + compared.lost_deals < company.minimum_cases as is_small_sample,
        compared.is_current,
        {{ run_id() }} as _run_id
    from compared
    cross join company
    left join reps on reps.rep_key = compared.rep_key

)

select * from final
