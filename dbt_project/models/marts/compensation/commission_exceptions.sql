-- Credits, or parts of them, that earned a payee nothing: reported, so that nothing is left unpaid silently.

with

commission_measures as (

    select * from {{ ref('commission_measures') }}

),

commission_earnings as (

    select * from {{ ref('commission_earnings') }}

),

commission_credits as (

    select * from {{ ref('commission_credits') }}

),

payees as (

    select distinct rep_key from {{ ref('plan_assignments') }}

),

earned as (

    select
        measure_key,
        sum(amount_in_tier) as amount_in_tiers
    from commission_earnings
    group by measure_key

),

unrated as (

    select
        measures.measure_key as exception_key,
        measures.credit_key,
        measures.rep_key,
        measures.rep_name,
        measures.plan_id,
        measures.plan_name,
        measures.component,
        measures.credit_date,
        measures.window_start,
        case when coalesce(measures.quota_amount, 0) <= 0 then 'no quota' else 'no tier' end as reason,
        measures.credit_amount - coalesce(earned.amount_in_tiers, 0) as unpaid_amount
    from commission_measures as measures
    left join earned on earned.measure_key = measures.measure_key
    where measures.credit_amount <> coalesce(earned.amount_in_tiers, 0)

),

unplanned as (

    select
        md5(credits.credit_key || '|no plan') as exception_key,
        credits.credit_key,
        credits.rep_key,
        credits.rep_name,
        cast(null as {{ dbt.type_string() }}) as plan_id,
        cast(null as {{ dbt.type_string() }}) as plan_name,
        cast(null as {{ dbt.type_string() }}) as component,
        credits.credit_date,
        cast(null as date) as window_start,
        'no plan' as reason,
        credits.credit_amount as unpaid_amount
    from commission_credits as credits
    inner join payees on payees.rep_key = credits.rep_key
    where not exists (
        select 1 from commission_measures where commission_measures.credit_key = credits.credit_key
    )

),

final as (

    select
        exceptions.exception_key,
        exceptions.credit_key,
        exceptions.rep_key,
        exceptions.rep_name,
        exceptions.plan_id,
        exceptions.plan_name,
        exceptions.component,
        exceptions.credit_date,
        exceptions.window_start,
        exceptions.reason,
        {{ money('exceptions.unpaid_amount') }} as unpaid_amount,
        {{ run_id() }} as _run_id
    from (
        select * from unrated
        union all
        select * from unplanned
    ) as exceptions

)

select * from final
