{# What new exchange rates alone did to balances: one row per key, currency and day on which the rate changed.

   relation: signed changes of balances in their own currency, columns keys, currency_code, day and change.
   Returns keys, currency_code, revaluation_date, amount. On one day the rate changes first, then the balance. #}
{% macro revaluations_of(relation, keys) -%}
    {%- set keys = keys | join(', ') -%}
    select
        {{ keys }},
        currency_code,
        day as revaluation_date,
        {{ money('balance * rate_change') }} as amount
    from (
        select
            line.*,
            sum(change) over (
                partition by {{ keys }}, currency_code order by day, turn rows unbounded preceding
            ) as balance
        from (
            select {{ keys }}, currency_code, day, 1 as turn, change, cast(null as numeric(17, 9)) as rate_change
            from {{ relation }}
            union all
            select {{ keys }}, holders.currency_code, rates.rate_date, 0, 0, rates.rate_change
            from (
                select {{ keys }}, currency_code, min(day) as first_day
                from {{ relation }}
                group by {{ keys }}, currency_code
            ) as holders
            inner join (
                select
                    currency_code,
                    rate_date,
                    rate - lag(rate) over (partition by currency_code order by rate_date) as rate_change
                from {{ ref('daily_rates') }}
            ) as rates
                on rates.currency_code = holders.currency_code
                and rates.rate_date > holders.first_day
                and rates.rate_date <= {{ as_of_date() }}
                and rates.rate_change <> 0
        ) as line
    ) as balances
    where turn = 0 and balance <> 0
{%- endmacro %}
