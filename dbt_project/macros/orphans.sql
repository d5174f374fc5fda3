{# Rows of an entity's staging models whose opportunity is missing; expects a CTE deals(opportunity_key). #}
{% macro orphans(entity, subject, hash_column, id_column, amount_column=none) -%}
    select
        children.{{ hash_column }} as row_hash,
        '{{ subject }}' as subject,
        children.source_account,
        children.{{ id_column }} as row_key,
        'opportunity_id' as column_name,
        children.opportunity_id as value,
        {% if amount_column %}children.{{ amount_column }}{% else %}cast(null as numeric(20, 6)){% endif %} as amount,
        children._load_id
    from (
        {{ union_staging(entity, [
            hash_column, 'source_account', id_column, 'opportunity_id', 'opportunity_key', 'is_deleted', '_load_id'
        ] + ([amount_column] if amount_column else [])) }}
    ) as children
    left join deals on deals.opportunity_key = children.opportunity_key
    where deals.opportunity_key is null and not children.is_deleted
{%- endmacro %}
