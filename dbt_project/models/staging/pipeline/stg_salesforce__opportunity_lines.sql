{{ config(unique_key='line_key', indexes=[{'columns': ['line_key'], 'unique': true}, {'columns': ['opportunity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'salesforce__opportunity_line_item') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'id']) }} as line_key,
        _account as source_account,
        id as line_id,
        {{ key(['_account', 'opportunity_id']) }} as opportunity_key,
        opportunity_id,
        {{ key(['_account', 'product2_id']) }} as product_key,

        ---------- text
        {{ clean('name') }} as product_name,

        ---------- numerics
        quantity,
        {{ money('quantity * list_price') }} as list_amount,
        coalesce(total_price, {{ money('quantity * unit_price') }}) as amount,
        cast(null as numeric(20, 6)) as cost_amount,

        ---------- flags
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
