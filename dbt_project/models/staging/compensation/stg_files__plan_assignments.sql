{{ config(unique_key='plan_assignment_key', indexes=[{'columns': ['plan_assignment_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__plan_assignments') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'rep_id', 'plan_id', 'effective_from']) }} as plan_assignment_key,
        _account as source_account,
        rep_id || '|' || plan_id || '|' || effective_from as plan_assignment_id,
        {{ key(['coalesce(rep_id__account, _account)', 'rep_id']) }} as rep_identity_key,
        {{ key(['_account', 'plan_id']) }} as plan_key,
        plan_id,

        ---------- dates
        effective_from,
        effective_to,

        ---------- state
        _deleted_at is not null as is_deleted,
        _load_id,
        {{ run_id() }} as _run_id
    from source

)

select * from renamed
