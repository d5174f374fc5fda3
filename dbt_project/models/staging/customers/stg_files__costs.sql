{{ config(unique_key='cost_key', indexes=[{'columns': ['cost_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__costs') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'cost_id']) }} as cost_key,
        _account as source_account,
        cost_id,

        ---------- text
        {{ fold('cost_type') }} as cost_type,
        {{ clean('team') }} as team,
        {{ clean('segment') }} as source_segment,
        {{ clean('channel') }} as channel,
        upper({{ clean('currency_code') }}) as currency_code,

        ---------- numerics and dates
        amount,
        cost_date,
        updated_at as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
