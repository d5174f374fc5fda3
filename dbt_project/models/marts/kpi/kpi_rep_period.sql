-- One wide row per rep and period in which anything happened or was asked of the rep.

{% set peer_group = 'placed.period_type, placed.period_start, placed.role, placed.tenure_band' %}

with

{{ kpi_period('rep') }},

placed as (

    -- The few columns and rows that ranks need, so that days and weeks are not sorted.
    select
        rep_sums.rep_key,
        rep_sums.period_type,
        rep_sums.period_start,
        rep_sums.bookings_amount,
        reps.role,
        {{ tenure_band('reps.hire_date', 'least(periods.period_end - 1, ' ~ as_of_date() ~ ')') }} as tenure_band,
        {{ win_rate_of_sums() }} as win_rate,
        {{ quota_attainment_of_sums() }} as quota_attainment
    from {{ ref('kpi_rep_sums') }} as rep_sums
    inner join periods
        on periods.period_type = rep_sums.period_type and periods.period_start = rep_sums.period_start
    left join reps on reps.rep_key = rep_sums.rep_key
    where
        rep_sums.rep_key <> {{ unknown_key() }}
        and rep_sums.period_type in ({{ quoted(long_period_types()) }})

),

ranked as (

    select
        placed.rep_key,
        placed.period_type,
        placed.period_start,
        rank() over (
            partition by placed.period_type, placed.period_start order by placed.bookings_amount desc
        ) as bookings_rank,
        count(*) over (partition by {{ peer_group }}) as peers,
        rank() over (partition by {{ peer_group }} order by placed.bookings_amount desc) as peer_bookings_rank,
        {%- for measure in ['bookings_amount', 'win_rate', 'quota_attainment'] %}
        {{ peer_percentile('placed.' ~ measure, peer_group) }} as peer_{{ measure }}_percentile
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from placed

),

final as (

    select
        md5(measured.subject_key || '|' || measured.period_type || '|' || measured.period_start) as rep_period_key,
        {{ kpi_columns('measured') }},
        measured.subject_key as rep_key,
        reps.rep_name,
        reps.team,
        reps.role,
        -- At the period's end, or today in the current one.
        {{ tenure_band('reps.hire_date', 'least(measured.period_end - 1, ' ~ as_of_date() ~ ')') }} as tenure_band,
        {{ kpi_measures('measured') }},
        ranked.bookings_rank,
        ranked.peers,
        ranked.peer_bookings_rank,
        {%- for measure in ['bookings_amount', 'win_rate', 'quota_attainment'] %}
        ranked.peer_{{ measure }}_percentile,
        {%- endfor %}
        {{ run_id() }} as _run_id
    from measured
    left join reps on reps.rep_key = measured.subject_key
    left join ranked
        on
            ranked.rep_key = measured.subject_key
            and ranked.period_type = measured.period_type
            and ranked.period_start = measured.period_start

)

select * from final
