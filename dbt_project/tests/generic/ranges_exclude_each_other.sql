{# Half-open ranges [from, to) of one key never overlap; a null end is open. #}
{% test ranges_exclude_each_other(model, key, range_from, range_to) %}
with
    ordered as (
        select
            {{ key }} as range_key,
            {{ range_from }} as range_from,
            {{ range_to }} as range_to,
            lead({{ range_from }}) over (partition by {{ key }} order by {{ range_from }}, {{ range_to }}) as next_from
        from {{ model }}
    ),

    validation_errors as (
        select *
        from ordered
        where range_to <= range_from
            or (next_from is not null and (range_to is null or range_to > next_from))
    )

select * from validation_errors
{% endtest %}
