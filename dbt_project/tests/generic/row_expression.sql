{# Every row fulfils the expression; a null result is a failure. `where` narrows to rows it is meant for. #}
{% test row_expression(model, expression, where_rows='true') %}
with
    validation_errors as (
        select *
        from {{ model }}
        where ({{ where_rows }}) and not coalesce({{ expression }}, false)
    )

select * from validation_errors
{% endtest %}
