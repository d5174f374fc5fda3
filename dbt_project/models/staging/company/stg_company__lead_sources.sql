with

source as (

    select * from {{ source('raw', 'company__lead_sources') }}

),

renamed as (

    select
        {{ fold('lead_source') }} as lead_source,
        channel,
        technique
    from source
    where _deleted_at is null

)

select * from renamed
