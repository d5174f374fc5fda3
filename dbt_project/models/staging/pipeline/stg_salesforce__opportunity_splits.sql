{{ config(unique_key='split_key', indexes=[{'columns': ['split_key'], 'unique': true}, {'columns': ['opportunity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__opportunity_split') }}
    {{ only_new() }}

),

split_types as (

    select * from {{ source('raw', 'salesforce__opportunity_split_type') }}

),

renamed as (

    select
        ---------- ids
        {{ key(['source._account', 'source.id']) }} as split_key,
        source._account as source_account,
        source.id as split_id,
        {{ key(['source._account', 'source.opportunity_id']) }} as opportunity_key,
        source.opportunity_id,
        {{ key(['source._account', 'source.split_owner_id']) }} as owner_key,

        ---------- text
        case
            when coalesce(split_types.is_total_validated, true) then 'revenue'
            else 'overlay'
        end as split_type,

        ---------- numerics
        {{ ratio('source.split_percentage / 100') }} as split_share,

        ---------- flags
        coalesce(source.is_deleted, false) or source._deleted_at is not null as is_deleted,

        ---------- run
        source._load_id,
        {{ run_id() }} as _run_id
    from source
    left join split_types
        on split_types._account = source._account and split_types.id = source.split_type_id

)

select * from renamed
