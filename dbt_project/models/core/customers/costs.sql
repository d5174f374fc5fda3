with

staged as (

    {{ union_staging('costs', [
        'cost_key', 'source_account', 'cost_id', 'cost_type', 'team', 'source_segment', 'channel', 'currency_code',
        'amount', 'cost_date', 'is_deleted',
    ]) }}

),

company as (

    select * from {{ ref('company') }}

),

segments as (

    select * from {{ ref('stg_company__segments') }}

),

live as (

    select
        staged.*,
        upper(coalesce(staged.currency_code, company.currency_code)) as known_currency
    from staged
    cross join company
    where not staged.is_deleted

),

final as (

    select
        live.cost_key,
        live.source_account,
        live.cost_id,
        live.cost_type,
        live.team,
        case
            when live.source_segment is null then null
            else coalesce(segments.segment, 'unmapped')
        end as segment,
        live.source_segment,
        live.channel,
        live.known_currency as currency_code,
        live.amount as amount_local,
        {{ converted('live.amount', 'rates', 'live.known_currency') }} as amount,
        live.cost_date,
        {{ run_id() }} as _run_id
    from live
    left join segments on segments.source_segment = {{ fold('live.source_segment') }}
    {{ join_rate('rates', 'live.known_currency', 'live.cost_date') }}

)

select * from final
