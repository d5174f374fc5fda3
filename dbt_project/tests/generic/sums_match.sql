{# Summed by a key, a column of this model equals a column of another; a key absent on one side counts as 0. #}
{% test sums_match(model, column, key, to, to_column, to_key, rows='true', to_rows='true', tolerance=0) %}
with
    ours as (
        select {{ key }} as match_key, sum({{ column }}) as amount from {{ model }} where {{ rows }} group by 1
    ),

    theirs as (
        select {{ to_key }} as match_key, sum({{ to_column }}) as amount from {{ to }} where {{ to_rows }} group by 1
    ),

    validation_errors as (
        select match_key, ours.amount as our_amount, theirs.amount as their_amount
        from ours
        full outer join theirs using (match_key)
        where abs(coalesce(ours.amount, 0) - coalesce(theirs.amount, 0)) > {{ tolerance }}
    )

select * from validation_errors
{% endtest %}
