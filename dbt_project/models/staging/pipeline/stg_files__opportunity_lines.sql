{{ config(unique_key='line_key', indexes=[{'columns': ['line_key'], 'unique': true}, {'columns': ['opportunity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'files__opportunity_lines') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'line_id']) }} as line_key,
        _account as source_account,
        line_id,
        {{ key(['coalesce(opportunity_id__account, _account)', 'opportunity_id']) }} as opportunity_key,
        opportunity_id,
        coalesce(
            {{ key(['coalesce(product_id__account, _account)', 'product_id']) }},
            {{ key(['_account', named('product_name')]) }}
        ) as product_key,

        ---------- text
        {{ clean('product_name') }} as product_name,

        ---------- numerics
        quantity,
        {{ money('quantity * unit_list_price') }} as list_amount,
        coalesce(amount, {{ money('quantity * unit_price') }}) as amount,
        cost_amount,

        ---------- flags
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
