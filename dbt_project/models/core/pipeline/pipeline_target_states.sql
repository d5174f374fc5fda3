{# One row per open state of a deal and period its close date lies in, for the days of that period on which it held.
   is_opening marks those that hold as the period begins. #}
with

states as (

    select * from {{ ref('opportunity_changes') }}
    where is_open

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

dated as (

    {% for period_type, start, end in [
        ('month', 'month_start', 'month_end'),
        ('quarter', 'fiscal_quarter_start', 'fiscal_quarter_end'),
        ('year', 'fiscal_year_start', 'fiscal_year_end')
    ] -%}
    select
        states.opportunity_key,
        states.rep_key,
        states.currency_code,
        coalesce(states.amount_local, 0) as amount_local,
        states.change_date,
        states.end_date,
        '{{ period_type }}' as period_type,
        calendar_dates.{{ start }} as period_start,
        calendar_dates.{{ end }} as period_end
    from states
    inner join calendar_dates on calendar_dates.calendar_date = states.close_date
    where states.change_date < calendar_dates.{{ end }}
        and (states.end_date is null or states.end_date >= calendar_dates.{{ start }})
        and calendar_dates.{{ start }} <= {{ as_of_date() }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    opportunity_key,
    rep_key,
    currency_code,
    amount_local,
    period_type,
    period_start,
    greatest(change_date, period_start) as from_date,
    least(end_date, period_end) as to_date,
    change_date < period_start as is_opening
from dated
where change_date < period_start or end_date is null or end_date > change_date
