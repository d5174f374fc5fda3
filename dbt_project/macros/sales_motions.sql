{# What a deal is to its account, first match: a renewal or an expansion by the words of its type, repeat business where
   the account had won a deal before or the type says so, else new business. -#}
{% macro sales_motion(opportunity_type, is_customer) -%}
    case
        when {{ fold(opportunity_type) }} like '%renew%' then 'renewal'
        {%- for word in ['expan', 'upsell', 'up-sell', 'up sell', 'cross', 'add-on', 'add on', 'addon', 'upgrade'] %}
        when {{ fold(opportunity_type) }} like '%{{ word }}%' then 'expansion'
        {%- endfor %}
        when {{ is_customer }} or {{ fold(opportunity_type) }} like '%existing%' then 'repeat_business'
        else 'new_business'
    end
{%- endmacro %}
