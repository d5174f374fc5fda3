{{ config(meta={'publish': {
    'key': ['scope', 'period_start', 'period_end', 'change_date', 'rep_key', 'team', 'segment', 'category'],
    'touched_by': none
}}) }}

with

sums as (

    select * from {{ ref('pipeline_movement_sums') }}
    where basis = 'gross' and deals <> 0

),

final as (

    select
        scope,
        period_start,
        period_end,
        change_date,
        rep_key,
        team,
        segment,
        category,
        cast(sum(deals) as bigint) as deals,
        {{ money('sum(amount)') }} as amount,
        {{ run_id() }} as _run_id
    from sums
    group by 1, 2, 3, 4, 5, 6, 7, 8

)

select * from final
