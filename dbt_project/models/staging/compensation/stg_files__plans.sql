{{ config(unique_key='plan_tier_key', indexes=[{'columns': ['plan_tier_key'], 'unique': true}]) }}

with

source as (

    select * from {{ source('raw', 'files__plans') }}
    {{ only_new() }}

),

renamed as (

    select
        ---------- ids
        {{ key(['_account', 'plan_id', 'component', 'tier', 'effective_from']) }} as plan_tier_key,
        _account as source_account,
        plan_id,
        {{ key(['_account', 'plan_id']) }} as plan_key,

        ---------- text
        {{ clean('plan_name') }} as plan_name,
        {{ clean('component') }} as component,
        {{ fold('rate_mode') }} as rate_mode,
        {{ fold('measure_window') }} as measure_window,

        ---------- numerics
        cast(tier as integer) as tier,
        attainment_from,
        attainment_to,
        rate,

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
