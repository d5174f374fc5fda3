-- One wide row per rep and period in which anything happened or was asked of the rep.

{% set peer_group = 'tenured.period_type, tenured.period_start, reps.role, tenured.tenure_band, tenured.is_ranked' %}

with

{{ kpi_period('rep') }},

tenured as (

    -- Tenure at the period's end, or today in the current one.
    select
        measured.*,
        {{ tenure_band(
            'reps.hire_date', 'least(measured.period_end - 1, ' ~ as_of_date() ~ ')'
        ) }} as tenure_band,
        measured.subject_key <> {{ unknown_key() }}
        and measured.period_type in ({{ quoted(ranked_period_types()) }}) as is_ranked
    from measured
    left join reps on reps.rep_key = measured.subject_key

),

final as (

    select
        md5(tenured.subject_key || '|' || tenured.period_type || '|' || tenured.period_start) as rep_period_key,
        {{ kpi_columns('tenured') }},
        tenured.subject_key as rep_key,
        reps.rep_name,
        reps.team,
        reps.role,
        tenured.tenure_band,
        {{ kpi_measures('tenured') }},
        case
            when tenured.is_ranked
                then rank() over (
                    partition by tenured.period_type, tenured.period_start, tenured.is_ranked
                    order by tenured.bookings_amount desc
                )
        end as bookings_rank,
        case when tenured.is_ranked then count(*) over (partition by {{ peer_group }}) end as peers,
        case
            when tenured.is_ranked
                then rank() over (partition by {{ peer_group }} order by tenured.bookings_amount desc)
        end as peer_bookings_rank,
        {%- for measure in ['bookings_amount', 'win_rate', 'quota_attainment'] %}
        {{ peer_percentile('tenured.' ~ measure, peer_group, 'tenured.is_ranked') }} as peer_{{ measure }}_percentile,
        {%- endfor %}
        {{ run_id() }} as _run_id
    from tenured
    left join reps on reps.rep_key = tenured.subject_key

)

select * from final
