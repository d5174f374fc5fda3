-- Where each rep's win rate stands against the peers', shrunk to their mean, with a 95 % interval.

with

kpi_rep_period as (

    select * from {{ ref('kpi_rep_period') }}
    where
        period_type in ({{ quoted(fiscal_period_types()) }})
        and rep_key <> {{ unknown_key() }}
        and won_deals + lost_deals > 0

),

priors as (

    select * from {{ ref('kpi_peer_priors') }}

),

periods as (

    select * from {{ ref('periods') }}

),

company as (

    select * from {{ ref('company') }}

),

counted as (

    select
        kpi.period_type,
        kpi.period_start,
        kpi.period_end,
        kpi.period_name,
        periods.prior_period_start,
        kpi.rep_key,
        kpi.rep_name,
        kpi.team,
        kpi.role,
        kpi.tenure_band,
        kpi.is_current,
        kpi.won_deals as successes,
        kpi.won_deals + kpi.lost_deals as cases,
        priors.peers,
        priors.mean_rate as peer_rate,
        priors.is_fitted,
        cast(kpi.won_deals as double precision) as won,
        cast(kpi.won_deals + kpi.lost_deals as double precision) as closed,
        cast(kpi.won_deals + priors.prior_won as double precision) as alpha,
        cast(kpi.lost_deals + priors.prior_lost as double precision) as beta
    from kpi_rep_period as kpi
    inner join priors
        on
            priors.period_type = kpi.period_type
            and priors.period_start = kpi.period_start
            and priors.peer_role = coalesce(kpi.role, 'unknown')
            and priors.tenure_band = kpi.tenure_band
    inner join periods on periods.period_type = kpi.period_type and periods.period_start = kpi.period_start

),

scored as (

    select
        counted.*,
        {{ ratio('won / closed') }} as raw_rate,
        {{ ratio('case when is_fitted then alpha / (alpha + beta) else won / closed end') }} as score,
        {{ ratio(
            'case when is_fitted then ' ~ beta_quantile('alpha', 'beta', -1.959964)
            ~ ' else greatest(0, ' ~ wilson_bound('won', 'closed', -1.959964) ~ ') end'
        ) }} as score_low,
        {{ ratio(
            'case when is_fitted then ' ~ beta_quantile('alpha', 'beta', 1.959964)
            ~ ' else least(1, ' ~ wilson_bound('won', 'closed', 1.959964) ~ ') end'
        ) }} as score_high
    from counted

),

placed as (

    select
        *,
        case when score_low > peer_rate then 'above' when score_high < peer_rate then 'below' else 'among' end as standing
    from scored

),

turned as (

    -- A standing begins where the period before had another one, or none.
    select
        *,
        case
            when lag(period_start) over (partition by rep_key, period_type order by period_start) = prior_period_start
                and lag(standing) over (partition by rep_key, period_type order by period_start) = standing
                then 0
            else 1
        end as is_turn
    from placed

),

spelled as (

    select
        *,
        sum(is_turn) over (
            partition by rep_key, period_type order by period_start rows unbounded preceding
        ) as spell
    from turned

),

final as (

    select
        md5(spelled.rep_key || '|win_rate|' || spelled.period_type || '|' || spelled.period_start) as standing_key,
        spelled.period_type,
        spelled.period_start,
        spelled.period_end,
        spelled.period_name,
        spelled.rep_key,
        spelled.rep_name,
        spelled.team,
        spelled.role,
        spelled.tenure_band,
        'win_rate' as measure,
        spelled.standing,
        spelled.successes,
        spelled.cases,
        spelled.raw_rate,
        spelled.score,
        spelled.score_low,
        spelled.score_high,
        spelled.peer_rate,
        spelled.peers,
        spelled.is_fitted as is_shrunk,
        min(spelled.period_start) over (
            partition by spelled.rep_key, spelled.period_type, spelled.spell
        ) as since_period_start,
        cast(count(*) over (
            partition by spelled.rep_key, spelled.period_type, spelled.spell
            order by spelled.period_start rows unbounded preceding
        ) as integer) as periods_running,
        spelled.cases < company.minimum_cases as is_small_sample,
        spelled.is_current
    from spelled
    cross join company

)

select * from final
