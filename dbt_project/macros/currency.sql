{# Joins the rate to the company's currency on a day, as `<alias>.rate`; null where no rate is known.
   Use {{ rate_of(alias, currency) }} for the rate itself: the company's own currency needs no row. #}
{% macro join_rate(alias, currency, day) -%}
    left join {{ ref('daily_rates') }} as {{ alias }}
        on {{ alias }}.currency_code = {{ currency }}
        and {{ alias }}.rate_date = least(
            {{ day }}, (select max(last_rates.rate_date) from {{ ref('daily_rates') }} as last_rates)
        )
{%- endmacro %}

{% macro rate_of(alias, currency) -%}
    case
        when {{ currency }} = (select company.currency_code from {{ ref('company') }} as company) then 1
        else {{ alias }}.rate
    end
{%- endmacro %}

{# Amount in the company's currency; null where the amount or the rate is. #}
{% macro converted(amount, alias, currency) -%}
    {{ money(amount ~ ' * ' ~ rate_of(alias, currency)) }}
{%- endmacro %}

{# A balance at a rate, unrounded; no balance needs no rate. #}
{% macro worth(balance, rate) -%}
    case when {{ balance }} = 0 then 0 else {{ balance }} * {{ rate }} end
{%- endmacro %}
