with

settings as (

    select * from {{ ref('stg_company__settings') }}

)

select
    setting,
    value,
    {{ run_id() }} as _run_id
from settings
