{{ config(unique_key='order_key', indexes=[{'columns': ['order_key'], 'unique': true}, {'columns': ['opportunity_key']}, {'columns': ['account_key']}]) }}

with

source as (

    select * from {{ source('raw', 'files__orders') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', "'order:' || order_id"]) }} as order_key,
        _account as source_account,
        order_id,
        coalesce(
            {{ key(['coalesce(account_id__account, _account)', 'account_id']) }},
            {{ key(['_account', named('account_name')]) }}
        ) as account_key,
        {{ key(['coalesce(owner_id__account, _account)', 'owner_id']) }} as owner_key,
        {{ key(['coalesce(opportunity_id__account, _account)', 'opportunity_id']) }} as opportunity_key,

        ---------- text
        {{ clean('account_name') }} as account_name,
        upper({{ clean('currency_code') }}) as currency_code,
        {{ clean('status') }} as status,
        {{ clean('order_type') }} as order_type,
        {{ clean('region') }} as region,
        {{ clean('channel') }} as channel,

        ---------- flags
        coalesce({{ fold('status') }} like '%cancel%', false) as is_cancelled,
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- dates
        order_date,
        created_at,
        updated_at as modified_at,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
