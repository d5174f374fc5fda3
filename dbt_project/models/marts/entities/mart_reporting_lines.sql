{{ config(alias='reporting_lines', meta={'publish': {'key': ['reporting_line_key'], 'touched_by': none}}) }}

with

reporting_lines as (

    select * from {{ ref('reporting_lines') }}

)

select
    reporting_line_key,
    rep_key,
    manager_rep_key,
    level,
    valid_from,
    valid_to,
    {{ run_id() }} as _run_id
from reporting_lines
