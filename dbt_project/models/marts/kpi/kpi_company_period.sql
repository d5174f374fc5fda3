-- The measures of kpi_rep_period for the company: sums of all reps' rows, the unknown one's included.

with

{{ kpi_period('company') }},

final as (

    select
        md5(measured.subject_key || '|' || measured.period_type || '|' || measured.period_start) as company_period_key,
        {{ kpi_columns('measured') }},
        company.company_name,
        cast(measured.active_reps as bigint) as active_reps,
        {{ kpi_measures('measured') }},
        {{ run_id() }} as _run_id
    from measured
    cross join company

)

select * from final
