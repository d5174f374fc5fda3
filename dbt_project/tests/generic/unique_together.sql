{# No two rows agree in all the columns. #}
{% test unique_together(model, columns) %}
with
    validation_errors as (
        select {{ columns | join(', ') }}, count(*) as copies
        from {{ model }}
        group by {{ columns | join(', ') }}
        having count(*) > 1
    )

select * from validation_errors
{% endtest %}
