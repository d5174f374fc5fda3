with

staged as (

    {{ union_staging('subscriptions', [
        'subscription_key', 'source_account', 'subscription_id', 'account_key', 'product_key', 'product_name',
        'billing_period', 'currency_code', 'quantity', 'recurring_amount', 'start_date', 'end_date', 'is_deleted',
    ]) }}

),

company as (

    select * from {{ ref('company') }}

),

identities as (

    select * from {{ ref('account_identities') }}

),

products as (

    select * from {{ ref('products') }}

),

live as (

    select
        staged.*,
        upper(coalesce(staged.currency_code, company.currency_code)) as known_currency,
        case staged.billing_period when 'year' then 12 when 'quarter' then 3 else 1 end as billing_months
    from staged
    cross join company
    where not staged.is_deleted

),

final as (

    -- At the rate of the first day for good: a rate that moves is no expansion and no contraction.
    select
        live.subscription_key,
        live.source_account,
        live.subscription_id,
        {{ or_unknown('identities.account_key') }} as account_key,
        {{ or_unknown('products.product_key') }} as product_key,
        coalesce(products.product_name, live.product_name) as product_name,
        live.billing_period,
        live.known_currency as currency_code,
        live.quantity,
        live.recurring_amount as recurring_amount_local,
        {{ converted('live.recurring_amount', 'rates', 'live.known_currency') }} as recurring_amount,
        {{ money(
            divide('live.recurring_amount * ' ~ rate_of('rates', 'live.known_currency'), 'live.billing_months')
        ) }} as monthly_amount,
        live.start_date,
        live.end_date,
        {{ run_id() }} as _run_id
    from live
    left join identities on identities.identity_key = live.account_key
    left join products on products.product_key = live.product_key
    {{ join_rate('rates', 'live.known_currency', 'live.start_date') }}

)

select * from final
