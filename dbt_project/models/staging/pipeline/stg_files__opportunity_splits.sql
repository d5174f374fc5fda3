{{ config(unique_key='split_key', indexes=[{'columns': ['split_key'], 'unique': true}, {'columns': ['opportunity_key']}]) }}

with

source as (

    select * from {{ source('raw', 'files__opportunity_splits') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'split_id']) }} as split_key,
        _account as source_account,
        split_id,
        {{ key(['coalesce(opportunity_id__account, _account)', 'opportunity_id']) }} as opportunity_key,
        opportunity_id,
        {{ key(['coalesce(rep_id__account, _account)', 'rep_id']) }} as owner_key,

        ---------- text
        case when {{ fold('split_type') }} like 'overlay%' then 'overlay' else 'revenue' end as split_type,

        ---------- numerics
        {{ ratio('split_percent / 100') }} as split_share,

        ---------- flags
        coalesce(is_deleted, false) or _deleted_at is not null as is_deleted,

        ---------- run
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
