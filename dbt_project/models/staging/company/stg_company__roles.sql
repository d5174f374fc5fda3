with

source as (

    select * from {{ source('raw', 'company__roles') }}

),

renamed as (

    select
        {{ fold('source_role') }} as source_role,
        role
    from source
    where _deleted_at is null

)

select * from renamed
