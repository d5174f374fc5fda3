-- How win rates spread among peers: a beta distribution fitted by moments, weighted by deals closed (Kleinman 1973).

with

kpi_rep_period as (

    select
        *,
        coalesce(role, 'unknown') as peer_role,
        cast(won_deals as double precision) as won,
        cast(won_deals + lost_deals as double precision) as closed
    from {{ ref('kpi_rep_period') }}
    where
        period_type in ({{ quoted(fiscal_period_types()) }})
        and rep_key <> {{ unknown_key() }}
        and won_deals + lost_deals > 0

),

moments as (

    select
        period_type,
        period_start,
        peer_role,
        tenure_band,
        count(*) as peers,
        sum(won) as won,
        sum(closed) as closed,
        sum(won) / sum(closed) as mean_rate,
        sum(won * won / closed) - sum(won) * sum(won) / sum(closed) as between_peers,
        sum(closed) - sum(closed * closed) / sum(closed) - (count(*) - 1) as weight
    from kpi_rep_period
    group by 1, 2, 3, 4

),

correlated as (

    select
        *,
        (between_peers / nullif(mean_rate * (1 - mean_rate), 0) - (peers - 1)) / nullif(weight, 0) as correlation
    from moments

),

-- Peers who differ no more than chance would have them get a prior of 10,000 deals, those who share nothing one of one.
weighed as (

    select
        *,
        greatest(1, least(10000, coalesce(1 / nullif(greatest(correlation, 0), 0) - 1, 10000))) as prior_deals
    from correlated

),

final as (

    select
        period_type,
        period_start,
        peer_role,
        tenure_band,
        peers,
        {{ ratio('mean_rate') }} as mean_rate,
        {{ attainment('mean_rate * prior_deals', '1') }} as prior_won,
        {{ attainment('(1 - mean_rate) * prior_deals', '1') }} as prior_lost,
        peers >= {{ minimum_peers() }} and mean_rate > 0 and mean_rate < 1 as is_fitted
    from weighed

)

select * from final
