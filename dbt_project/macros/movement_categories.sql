{# The categories a pipeline movement can have, in the order they are told. revalued stands apart: no deal moved. #}
{% macro movement_categories() -%}
    {{ return([
        'created', 'reopened', 'restored', 'transferred_in', 'transferred_out', 'pulled_in', 'pushed_in', 'increased',
        'decreased', 'pushed_out', 'pulled_out', 'won', 'lost', 'deleted'
    ]) }}
{%- endmacro %}

{% macro entering_categories() -%}
    {{ return(['created', 'reopened', 'restored', 'transferred_in', 'pulled_in', 'pushed_in']) }}
{%- endmacro %}

{% macro leaving_categories() -%}
    {{ return(['transferred_out', 'pushed_out', 'pulled_out', 'won', 'lost', 'deleted']) }}
{%- endmacro %}

{# Deals in the balance that rows of (category, deals) add or take away. #}
{% macro deals_change(relation) -%}
    case
        when {{ relation }}.category in ('{{ entering_categories() | join("', '") }}') then {{ relation }}.deals
        when {{ relation }}.category in ('{{ leaving_categories() | join("', '") }}') then -{{ relation }}.deals
        else 0
    end
{%- endmacro %}

{# Columns <category>_amount and <category>_deals from rows of (category, amount, deals). #}
{% macro pivot_categories() -%}
    {%- for category in movement_categories() %}
        coalesce(sum(amount) filter (where category = '{{ category }}'), 0) as {{ category }}_amount,
        coalesce(sum(deals) filter (where category = '{{ category }}'), 0) as {{ category }}_deals
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
