{{ config(unique_key='invoice_key', indexes=[{'columns': ['invoice_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__invoices') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'invoice_id']) }} as invoice_key,
        _account as source_account,
        invoice_id,
        {{ key(['coalesce(account_id__account, _account)', 'account_id']) }} as account_key,
        {{ key(['coalesce(opportunity_id__account, _account)', 'opportunity_id']) }} as opportunity_key,
        {{ key(['coalesce(order_id__account, _account)', 'order_id']) }} as order_key,

        ---------- text
        {{ clean('status') }} as status,
        {{ clean('currency_code') }} as currency_code,

        ---------- numerics
        amount,
        paid_amount,

        ---------- dates and timestamps
        invoice_date,
        due_date,
        paid_date,
        updated_at as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
