-- Quotas of fiscal months, prorated by ramp and active days. docs/commission.md holds the definition.

with

quotas_given as (

    {{ union_staging('quotas', [
        'quota_key', 'rep_identity_key', 'measure', 'period_type', 'currency_code', 'quota_amount', 'period_start',
        'is_deleted',
    ]) }}

),

company as (

    select * from {{ ref('company') }}

),

quotas as (

    select
        quotas_given.quota_key,
        quotas_given.rep_identity_key,
        quotas_given.measure,
        quotas_given.period_type,
        upper(coalesce(quotas_given.currency_code, company.currency_code)) as currency_code,
        quotas_given.quota_amount,
        quotas_given.period_start
    from quotas_given
    cross join company
    where not quotas_given.is_deleted

),

rep_identities as (

    select * from {{ ref('rep_identities') }}

),

reps as (

    select * from {{ ref('reps') }}

),

month_days as (

    select
        calendar_date,
        period_number
    from {{ ref('period_days') }}
    where period_type = 'month'

),

months as (

    select distinct
        period_number,
        period_start,
        period_end
    from {{ ref('period_days') }}
    where period_type = 'month'

),

given as (

    select
        {{ or_unknown('rep_identities.rep_key') }} as rep_key,
        quotas.measure,
        quotas.period_type,
        month_days.period_number as month_number,
        -- Measures that are not money have no currency.
        case
            when quotas.measure in ({{ quoted(money_measures()) }})
                then {{ converted('quotas.quota_amount', 'rates', 'quotas.currency_code') }}
            else quotas.quota_amount
        end as quota_amount
    from quotas
    inner join month_days on month_days.calendar_date = quotas.period_start
    left join rep_identities on rep_identities.identity_key = quotas.rep_identity_key
    {{ join_rate('rates', 'quotas.currency_code', 'quotas.period_start') }}

),

by_month as (

    select
        rep_key,
        measure,
        month_number,
        quota_amount,
        true as is_given_by_month
    from given
    where period_type = 'month'

    union all

    -- A quarter's quota is three equal months; the last takes what rounding leaves.
    select
        given.rep_key,
        given.measure,
        given.month_number + thirds.number as month_number,
        case
            when thirds.number < 2 then {{ money(divide('given.quota_amount', 3)) }}
            else given.quota_amount - 2 * {{ money(divide('given.quota_amount', 3)) }}
        end as quota_amount,
        false as is_given_by_month
    from given
    cross join (values (0), (1), (2)) as thirds (number)
    where given.period_type = 'quarter'

),

full_months as (

    -- A month given by itself wins over the share of a quarter.
    select
        by_month.rep_key,
        by_month.measure,
        months.period_number as month_number,
        months.period_start as month_start,
        months.period_end as month_end,
        {{ money(
            'coalesce(sum(by_month.quota_amount) filter (where by_month.is_given_by_month), sum(by_month.quota_amount))'
        ) }} as full_amount
    from by_month
    inner join months on months.period_number = by_month.month_number
    group by 1, 2, 3, 4, 5

),

active_months as (

    select
        full_months.*,
        reps.hire_date,
        reps.leave_date,
        {{ days_between('full_months.month_start', 'full_months.month_end') }} as month_days,
        greatest(0, {{ days_between(
            'greatest(full_months.month_start, reps.hire_date)', 'least(full_months.month_end, reps.leave_date + 1)'
        ) }}) as active_days,
        greatest(1, coalesce(reps.ramp_months, 1)) as ramp_months,
        case
            when reps.hire_date is null or coalesce(reps.ramp_months, 0) <= 0 then greatest(1, coalesce(reps.ramp_months, 1))
            else greatest(0, least(
                reps.ramp_months,
                coalesce(
                    full_months.month_number - hired.period_number,
                    {{ months_between('reps.hire_date', 'full_months.month_start') }}
                )
            ))
        end as ramped_months
    from full_months
    left join reps on reps.rep_key = full_months.rep_key
    left join month_days as hired on hired.calendar_date = reps.hire_date

),

prorated as (

    select
        md5(rep_key || '|' || measure || '|' || month_start) as quota_key,
        rep_key,
        measure,
        month_start,
        month_end,
        full_amount,
        {{ ratio(divide('cast(ramped_months as numeric)', 'ramp_months')) }} as ramp_share,
        cast(active_days as integer) as active_days,
        cast(month_days as integer) as month_days,
        {{ money(
            divide('full_amount * ramped_months * active_days', 'ramp_months * month_days')
        ) }} as quota_amount,
        {{ run_id() }} as _run_id
    from active_months

)

select * from prorated
