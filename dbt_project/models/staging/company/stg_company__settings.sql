with

source as (

    select * from {{ source('raw', 'company__settings') }}

),

renamed as (

    select
        setting,
        value
    from source
    where _deleted_at is null

)

select * from renamed
