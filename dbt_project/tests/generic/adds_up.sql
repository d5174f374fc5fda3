{# The parts sum up to the total on every row, exactly or within the tolerance. Null parts count as 0. #}
{% test adds_up(model, parts, total, tolerance=0) %}
with
    validation_errors as (
        select *
        from {{ model }}
        where abs(
            {% for part in parts %}coalesce({{ part }}, 0){% if not loop.last %} + {% endif %}{% endfor %}
            - coalesce({{ total }}, 0)
        ) > {{ tolerance }}
    )

select * from validation_errors
{% endtest %}
