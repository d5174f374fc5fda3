-- Reps whose win rate lies above their peers even at the low end of its interval, and since when.

with

standings as (

    select * from {{ ref('kpi_standings') }}
    where standing = 'above'

),

final as (

    select
        standing_key,
        period_type,
        period_start,
        period_end,
        period_name,
        rep_key,
        rep_name,
        team,
        role,
        tenure_band,
        measure,
        successes,
        cases,
        raw_rate,
        score,
        score_low,
        score_high,
        peer_rate,
        peers,
        is_shrunk,
        cast(row_number() over (
            partition by period_type, period_start, measure order by score desc, rep_key
        ) as integer) as position,
        since_period_start,
        periods_running,
        is_small_sample,
        is_current,
        {{ run_id() }} as _run_id
    from standings

)

select * from final
