{{ config(meta={'publish': {'key': ['rep_key', 'stage', 'segment', 'valid_from'], 'touched_by': none}}) }}

with

changes as (

    select * from {{ ref('pipeline_daily_changes') }}

),

running as (

    select
        rep_key,
        stage,
        segment,
        change_date as valid_from,
        lead(change_date) over by_day as valid_to,
        stage_order,
        sum(deals_change) over by_day as open_deals,
        sum(deals_without_amount_change) over by_day as deals_without_amount,
        sum(amount_change) over by_day as open_amount
    from changes
    window by_day as (partition by rep_key, stage, segment order by change_date rows unbounded preceding)

),

final as (

    select
        rep_key,
        stage,
        segment,
        valid_from,
        valid_to,
        stage_order,
        cast(open_deals as bigint) as open_deals,
        cast(deals_without_amount as bigint) as deals_without_amount,
        {{ money('open_amount') }} as open_amount,
        {{ run_id() }} as _run_id
    from running
    where open_deals <> 0

)

select * from final
