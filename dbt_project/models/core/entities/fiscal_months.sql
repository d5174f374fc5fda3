-- The twelve months of each fiscal year: calendar months, or as many weeks as the company's calendar says.

with

fiscal_years as (

    select * from {{ ref('fiscal_years') }}

),

positions (fiscal_month, fiscal_quarter{% for name in week_calendars() %}, {{ 'weeks_' ~ name | replace('-', '') }}{% endfor %}) as (

    values
    {% for position in range(12) -%}
    ({{ position + 1 }}, {{ position // 3 + 1 }}
        {%- for pattern in week_calendars().values() %}, {{ weeks_before(pattern, position) }}{% endfor %})
        {%- if not loop.last %},{% endif %}
    {% endfor %}
),

started as (

    select
        fiscal_years.*,
        positions.fiscal_month,
        positions.fiscal_quarter,
        case fiscal_years.fiscal_calendar
            {% for name in week_calendars() -%}
            when '{{ name }}' then fiscal_years.fiscal_year_start + 7 * positions.{{ 'weeks_' ~ name | replace('-', '') }}
            {% endfor -%}
            else cast({{ add_months('fiscal_years.nominal_start', 'positions.fiscal_month - 1') }} as date)
        end as month_start
    from fiscal_years
    cross join positions

),

bounded as (

    select
        *,
        lead(month_start, 1, fiscal_year_end) over (partition by fiscal_year order by fiscal_month) as month_end,
        first_value(month_start) over (
            partition by fiscal_year, fiscal_quarter order by fiscal_month
        ) as fiscal_quarter_start
    from started

),

final as (

    select
        fiscal_year,
        fiscal_quarter,
        fiscal_month,
        case
            when fiscal_calendar = 'months' then {{ month_label('month_start') }}
            else fiscal_year || '-P' || {{ two_digits('fiscal_month') }}
        end as month_name,
        month_start,
        month_end,
        fiscal_quarter_start,
        max(month_end) over (partition by fiscal_year, fiscal_quarter) as fiscal_quarter_end,
        fiscal_year_start,
        fiscal_year_end,
        first_week_start_before,
        first_week_start,
        first_week_start_after
    from bounded

)

select * from final
