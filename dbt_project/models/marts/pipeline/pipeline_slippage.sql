-- What became, by a period's end, of the deals that were open at its start and due in it; and how often deals were pushed.

{% set ends = ['won', 'lost', 'slipped', 'pulled', 'overdue', 'deleted'] %}

with

changes as (

    select * from {{ ref('opportunity_changes') }}

),

transitions as (

    select * from {{ ref('pipeline_transitions') }}

),

calendar_dates as (

    select * from {{ ref('calendar_dates') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

periods as (

    select * from {{ ref('periods') }}

),

reps as (

    select * from {{ ref('reps') }}

),

company as (

    select * from {{ ref('company') }}

),

-- The period of a close date is an equality: no state is compared with all periods.
opening as (

    select
        changes.opportunity_key,
        changes.rep_key,
        period_days.period_type,
        period_days.period_start,
        period_days.period_end,
        {{ converted('coalesce(changes.amount_local, 0)', 'rates', 'changes.currency_code') }} as amount
    from changes
    inner join period_days on period_days.calendar_date = changes.close_date
    {{ join_rate('rates', 'changes.currency_code', 'period_days.period_start') }}
    where changes.is_open
        and period_days.period_start <= {{ as_of_date() }}
        and changes.change_date < period_days.period_start
        and (changes.end_date is null or changes.end_date >= period_days.period_start)

),

-- A period ends as its last day does, one still running as things stand.
ended as (

    select
        opening.*,
        case
            when changes.is_deleted then 'deleted'
            when not changes.is_open then changes.outcome
            when changes.close_date >= opening.period_end then 'slipped'
            when changes.close_date < opening.period_start then 'pulled'
            else 'overdue'
        end as end_state
    from opening
    inner join changes
        on changes.opportunity_key = opening.opportunity_key
        and changes.change_date < opening.period_end
        and (changes.end_date is null or changes.end_date >= opening.period_end)

),

opened as (

    select
        rep_key,
        period_type,
        period_start,
        count(*) as opening_deals,
        sum(amount) as opening_amount
        {%- for end in ends %},
        count(*) filter (where end_state = '{{ end }}') as {{ end }}_deals,
        coalesce(sum(amount) filter (where end_state = '{{ end }}'), 0) as {{ end }}_amount
        {%- endfor %}
    from ended
    group by 1, 2, 3

),

moves as (

    select
        transitions.rep_after as rep_key,
        moved.month_start,
        moved.fiscal_quarter_start,
        moved.fiscal_year_start,
        {%- for name in ['month_start', 'fiscal_quarter_start', 'fiscal_year_start'] %}
        due_after.{{ name }} > due_before.{{ name }} as is_later_{{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from transitions
    inner join calendar_dates as moved on moved.calendar_date = transitions.change_date
    inner join calendar_dates as due_before on due_before.calendar_date = transitions.close_date_before
    inner join calendar_dates as due_after on due_after.calendar_date = transitions.close_date_after
    where transitions.was_open and transitions.is_open and transitions.close_date_after > transitions.close_date_before

),

pushed as (

    {% for period_type, start in [
        ('month', 'month_start'), ('quarter', 'fiscal_quarter_start'), ('year', 'fiscal_year_start')
    ] -%}
    select
        rep_key,
        '{{ period_type }}' as period_type,
        {{ start }} as period_start,
        count(*) as pushes
    from moves
    where is_later_{{ start }}
    group by 1, 2, 3
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

summed as (

    select
        rep_key,
        period_type,
        period_start,
        coalesce(opened.opening_deals, 0) as opening_deals,
        coalesce(opened.opening_amount, 0) as opening_amount,
        {%- for end in ends %}
        coalesce(opened.{{ end }}_deals, 0) as {{ end }}_deals,
        coalesce(opened.{{ end }}_amount, 0) as {{ end }}_amount,
        {%- endfor %}
        coalesce(pushed.pushes, 0) as pushes
    from opened
    full outer join pushed using (rep_key, period_type, period_start)

),

leveled as (

    {% set names = [] -%}
    {% for name in ['opening'] + ends %}{% set _ = names.extend([name ~ '_deals', name ~ '_amount']) %}{% endfor -%}
    {{ sums_of_subjects('summed', ['period_type', 'period_start'], names + ['pushes']) }}

),

final as (

    select
        leveled.level,
        leveled.subject_key,
        {{ subject_name('leveled') }} as subject_name,
        leveled.period_type,
        leveled.period_start,
        periods.period_end,
        periods.period_name,
        {%- for name in ['opening'] + ends %}
        cast(leveled.{{ name }}_deals as bigint) as {{ name }}_deals,
        {{ money('leveled.' ~ name ~ '_amount') }} as {{ name }}_amount,
        {%- endfor %}
        {{ ratio(safe_divide('leveled.slipped_deals', 'leveled.opening_deals')) }} as slippage_rate,
        {{ ratio(safe_divide('leveled.slipped_amount', 'leveled.opening_amount')) }} as slippage_rate_value,
        cast(leveled.pushes as bigint) as pushes,
        leveled.opening_deals < company.minimum_cases as is_small_sample,
        periods.period_end > {{ as_of_date() }} as is_current,
        {{ run_id() }} as _run_id
    from leveled
    inner join periods on periods.period_type = leveled.period_type and periods.period_start = leveled.period_start
    cross join company
    left join reps on leveled.level = 'rep' and reps.rep_key = leveled.subject_key

)

select * from final
