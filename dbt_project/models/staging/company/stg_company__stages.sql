with

source as (

    select * from {{ source('raw', 'company__stages') }}

),

renamed as (

    select
        ---------- text
        {{ fold('source_stage') }} as source_stage,
        stage,
        outcome,

        ---------- numerics
        stage_order,
        {{ ratio('probability / 100') }} as probability
    from source
    where _deleted_at is null

)

select * from renamed
