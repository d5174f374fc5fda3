{{ config(unique_key='exchange_rate_key', indexes=[{'columns': ['exchange_rate_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__exchange_rates') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'from_currency', 'to_currency', 'rate_type', 'valid_from']) }} as exchange_rate_key,
        _account as source_account,

        ---------- text
        upper(trim(from_currency)) as from_currency,
        upper(trim(to_currency)) as to_currency,
        {{ fold('rate_type') }} as rate_type,

        ---------- numerics
        rate,

        ---------- flags
        _deleted_at is not null as is_deleted,

        ---------- dates
        valid_from,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
