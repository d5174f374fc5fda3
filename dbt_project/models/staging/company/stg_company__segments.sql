with

source as (

    select * from {{ source('raw', 'company__segments') }}

),

renamed as (

    select
        {{ fold('source_segment') }} as source_segment,
        segment
    from source
    where _deleted_at is null

)

select * from renamed
