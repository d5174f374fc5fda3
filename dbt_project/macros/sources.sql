{# Source words that mean the same field in long history; other fields keep their own name in snake_case words.
   Salesforce writes a changed owner twice, as names and as ids; core takes the ids. #}
{% macro history_field(column) -%}
    case {{ fold(column) }}
        when 'stagename' then 'stage'
        when 'closedate' then 'close_date'
        when 'owner' then 'owner_id'
        when 'ownerid' then 'owner_id'
        when 'isdeleted' then 'is_deleted'
        when 'currencyisocode' then 'currency_code'
        else {{ fold(column) }}
    end
{%- endmacro %}

{# The id of something that its source knows by name only; null without a name. An SQL expression. #}
{% macro named(column) -%}
    'name:' || {{ clean(fold(column)) }}
{%- endmacro %}
