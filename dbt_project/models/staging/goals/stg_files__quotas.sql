{{ config(unique_key='quota_key', indexes=[{'columns': ['quota_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__quotas') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'rep_id', 'measure', 'period_start']) }} as quota_key,
        _account as source_account,
        rep_id || '|' || measure || '|' || period_start as quota_id,
        {{ key(['coalesce(rep_id__account, _account)', 'rep_id']) }} as rep_identity_key,

        ---------- text
        {{ fold('measure') }} as measure,
        {{ fold('period_type') }} as period_type,
        {{ clean('currency_code') }} as currency_code,

        ---------- numerics and dates
        quota_amount,
        period_start,

        ---------- state
        _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
