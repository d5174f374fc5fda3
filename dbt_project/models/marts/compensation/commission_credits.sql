-- Who is credited with how much of which deal on which date. docs/commission.md holds the definition.

with

bookings as (

    select * from {{ ref('bookings') }}

),

deal_splits as (

    select * from {{ ref('deal_splits') }}

),

reps as (

    select * from {{ ref('reps') }}

),

deals as (

    -- A deal has one owner and one account, which each of its bookings repeats.
    select
        opportunity_key,
        max(order_key) as order_key,
        booking_date,
        max(account_key) as account_key,
        max(rep_key) as owner_rep_key,
        sum(net_amount) as deal_amount
    from bookings
    group by opportunity_key, booking_date
    having sum(net_amount) <> 0

),

shares as (

    -- Splits above 100 % share the whole; below, what is missing is the owner's.
    select
        deals.opportunity_key,
        deals.booking_date,
        deals.deal_amount,
        deals.owner_rep_key,
        deal_splits.rep_key,
        deal_splits.credit_kind,
        deal_splits.split_share,
        case when deal_splits.credit_kind = 'revenue' then greatest(1, deal_splits.total_share) else 1 end as whole,
        deal_splits.total_share
    from deals
    inner join deal_splits on deal_splits.opportunity_key = deals.opportunity_key

),

rounded as (

    select
        *,
        {{ money(divide('deal_amount * split_share', 'whole')) }} as share_amount,
        row_number() over (
            partition by opportunity_key, booking_date, credit_kind order by split_share desc, rep_key
        ) as share_rank
    from shares

),

totalled as (

    select
        *,
        sum(share_amount) over (partition by opportunity_key, booking_date, credit_kind) as total_share_amount
    from rounded

),

split_credits as (

    -- What rounding leaves goes to the largest share, so that the credits sum up to the deal.
    select
        opportunity_key,
        booking_date,
        rep_key,
        credit_kind,
        split_share,
        share_amount + case
            when credit_kind = 'revenue' and share_rank = 1 and total_share >= 0.9999
                then deal_amount - total_share_amount
            else 0
        end as credit_amount
    from totalled

),

owner_remainders as (

    select
        opportunity_key,
        booking_date,
        max(owner_rep_key) as rep_key,
        'owner_remainder' as credit_kind,
        1 - max(total_share) as split_share,
        max(deal_amount) - max(total_share_amount) as credit_amount
    from totalled
    where credit_kind = 'revenue' and total_share < 0.9999
    group by opportunity_key, booking_date

),

owner_credits as (

    select
        deals.opportunity_key,
        deals.booking_date,
        deals.owner_rep_key as rep_key,
        'owner' as credit_kind,
        cast(1 as numeric) as split_share,
        deals.deal_amount as credit_amount
    from deals
    where not exists (
        select 1 from deal_splits
        where deal_splits.opportunity_key = deals.opportunity_key and deal_splits.credit_kind = 'revenue'
    )

),

credits as (

    select * from split_credits
    union all
    select * from owner_remainders
    union all
    select * from owner_credits

),

final as (

    select
        md5(
            credits.opportunity_key || '|' || credits.booking_date || '|' || credits.rep_key || '|' || credits.credit_kind
        ) as credit_key,
        credits.opportunity_key,
        deals.order_key,
        deals.account_key,
        credits.rep_key,
        reps.rep_name,
        reps.team,
        credits.credit_kind,
        credits.booking_date as credit_date,
        {{ ratio('credits.split_share') }} as split_share,
        {{ money('deals.deal_amount') }} as deal_amount,
        {{ money('credits.credit_amount') }} as credit_amount,
        {{ run_id() }} as _run_id
    from credits
    inner join deals on deals.opportunity_key = credits.opportunity_key and deals.booking_date = credits.booking_date
    left join reps on reps.rep_key = credits.rep_key
    where credits.credit_amount <> 0

)

select * from final
