-- The measures of kpi_rep_period for each team: sums of its reps' rows, ratios of those sums, medians of its deals.

with

{{ kpi_period('team') }},

final as (

    select
        md5(measured.subject_key || '|' || measured.period_type || '|' || measured.period_start) as team_period_key,
        {{ kpi_columns('measured') }},
        measured.subject_key as team,
        cast(measured.active_reps as bigint) as active_reps,
        {{ kpi_measures('measured') }},
        {{ run_id() }} as _run_id
    from measured

)

select * from final
