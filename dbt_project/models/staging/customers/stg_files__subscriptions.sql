{{ config(unique_key='subscription_key', indexes=[{'columns': ['subscription_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__subscriptions') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'subscription_id']) }} as subscription_key,
        _account as source_account,
        subscription_id,
        {{ key(['coalesce(account_id__account, _account)', 'account_id']) }} as account_key,
        {{ key(['coalesce(product_id__account, _account)', 'product_id']) }} as product_key,

        ---------- text
        {{ clean('product_name') }} as product_name,
        {{ fold('billing_period') }} as billing_period,
        upper({{ clean('currency_code') }}) as currency_code,

        ---------- numerics
        quantity,
        recurring_amount,

        ---------- dates and timestamps
        start_date,
        end_date,
        created_at,
        updated_at as modified_at,

        ---------- state
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
