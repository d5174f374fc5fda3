with

source as (

    select * from {{ source('raw', 'company__interactions') }}

),

renamed as (

    select
        {{ fold('interaction') }} as interaction,
        funnel_stage
    from source
    where _deleted_at is null

)

select * from renamed
