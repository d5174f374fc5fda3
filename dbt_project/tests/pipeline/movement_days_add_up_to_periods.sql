{# Gross days are gross periods, per owner, team and segment, to the last digit: in scope open whatever days lie in the
   period, in scope target those of deals due in it. #}
with

days as (

    select
        days.scope, spans.period_start, spans.period_end, days.rep_key, days.team, days.segment,
        sum(days.amount) as amount
    from {{ ref('pipeline_movement_days') }} as days
    inner join {{ ref('period_spans') }} as spans
        on spans.calendar_date = days.change_date
        and (days.scope = 'open' or (spans.period_start = days.period_start and spans.period_end = days.period_end))
    where spans.period_start <= {{ as_of_date() }}
    group by 1, 2, 3, 4, 5, 6

),

periods as (

    select distinct
        scope, period_start, period_end, rep_key, team, segment,
        {% for category in movement_categories() %}{{ category }}_amount{% if not loop.last %} + {% endif %}{% endfor %}
            as amount
    from {{ ref('pipeline_movements') }}
    where basis = 'gross'

),

validation_errors as (

    select
        scope, period_start, period_end, rep_key, team, segment,
        days.amount as amount_of_days,
        periods.amount as amount_of_period
    from days
    full outer join periods using (scope, period_start, period_end, rep_key, team, segment)
    where coalesce(days.amount, 0) <> coalesce(periods.amount, 0)

)

select * from validation_errors
