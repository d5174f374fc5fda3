with

source as (

    select * from {{ source('raw', 'company__holidays') }}

),

renamed as (

    select
        holiday_date,
        holiday_name
    from source
    where _deleted_at is null

)

select * from renamed
