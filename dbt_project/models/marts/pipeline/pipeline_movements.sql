{{ config(meta={'publish': {'key': ['movement_key'], 'touched_by': none}}) }}

with

sums as (

    select * from {{ ref('pipeline_movement_sums') }}
    where basis in ('gross', 'net') and deals <> 0

),

{# In scope open gross days add up to whatever is made of them. Each category is summed up first, for there are many
   more days and currencies than categories. #}
by_category as (

    select basis, scope, period_start, period_end, rep_key, team, segment, category,
        sum(amount) as amount,
        sum(deals) as deals
    from sums
    where basis = 'net' or scope = 'target'
    group by 1, 2, 3, 4, 5, 6, 7, 8
    union all
    select sums.basis, sums.scope, spans.period_start, spans.period_end, sums.rep_key, sums.team, sums.segment,
        sums.category,
        sum(sums.amount),
        sum(sums.deals)
    from sums
    inner join {{ ref('period_spans') }} as spans on spans.calendar_date = sums.change_date
    where sums.basis = 'gross' and sums.scope = 'open'
    group by 1, 2, 3, 4, 5, 6, 7, 8

),

pivoted as (

    select
        scope, basis, period_start, period_end, rep_key, team, segment,
        {{ pivot_categories() }}
    from by_category
    group by scope, basis, period_start, period_end, rep_key, team, segment

),

balances as (

    select balances.*, bases.basis
    from {{ ref('pipeline_balances') }} as balances
    cross join (select 'gross' as basis union all select 'net') as bases

),

joined as (

    select
        scope, basis, period_start, period_end, rep_key, team, segment,
        coalesce(balances.opening_amount, 0) as opening_amount,
        coalesce(balances.opening_deals, 0) as opening_deals,
        coalesce(balances.revalued_amount, 0) as revalued_amount,
        {% for category in movement_categories() -%}
        coalesce(pivoted.{{ category }}_amount, 0) as {{ category }}_amount,
        coalesce(pivoted.{{ category }}_deals, 0) as {{ category }}_deals{% if not loop.last %},{% endif %}
        {% endfor %}
    from balances
    full outer join pivoted using (scope, basis, period_start, period_end, rep_key, team, segment)

),

moved as (

    select
        joined.*,
        {% for category in movement_categories() %}{{ category }}_amount{% if not loop.last %} + {% endif %}{% endfor %}
            as movement_amount,
        {% for category in entering_categories() -%}
        {{ category }}_deals{% if not loop.last %} + {% endif %}
        {%- endfor %}
        {%- for category in leaving_categories() %}
        - {{ category }}_deals
        {%- endfor %} as movement_deals
    from joined

),

{# Both bases start and end alike: what net leaves over is what rates changed along its one path. #}
closed as (

    select
        moved.*,
        sum(case when basis = 'gross' then opening_amount + movement_amount + revalued_amount else 0 end)
            over same_period as closing_amount,
        sum(case when basis = 'gross' then opening_deals + movement_deals else 0 end) over same_period as closing_deals
    from moved
    window same_period as (partition by scope, period_start, period_end, rep_key, team, segment)

),

final as (

    select
        {{ key([
            'closed.scope', 'closed.basis', 'periods.period_type', 'closed.period_start', 'closed.rep_key',
            'closed.team', 'closed.segment'
        ]) }} as movement_key,
        closed.scope,
        closed.basis,
        periods.period_type,
        closed.period_start,
        closed.period_end,
        periods.period_name,
        closed.rep_key,
        reps.rep_name,
        closed.team,
        closed.segment,
        {{ money('closed.opening_amount') }} as opening_amount,
        {% for category in ['created', 'reopened', 'restored', 'transferred_in', 'transferred_out', 'pulled_in',
            'pushed_in', 'increased', 'decreased'] -%}
        {{ money('closed.' ~ category ~ '_amount') }} as {{ category }}_amount,
        {% endfor -%}
        {{ money('closing_amount - opening_amount - movement_amount') }} as revalued_amount,
        {% for category in ['pushed_out', 'pulled_out', 'won', 'lost', 'deleted'] -%}
        {{ money('closed.' ~ category ~ '_amount') }} as {{ category }}_amount,
        {% endfor -%}
        {{ money('closed.closing_amount') }} as closing_amount,
        cast(closed.opening_deals as bigint) as opening_deals,
        {% for category in movement_categories() -%}
        cast(closed.{{ category }}_deals as bigint) as {{ category }}_deals,
        {% endfor -%}
        cast(closed.closing_deals as bigint) as closing_deals,
        {{ run_id() }} as _run_id
    from closed
    inner join {{ ref('periods') }} as periods
        on periods.period_start = closed.period_start
        and periods.period_end = closed.period_end
        and periods.period_type in ({{ quoted(long_period_types()) }})
    left join {{ ref('reps') }} as reps on reps.rep_key = closed.rep_key
    where closed.period_start <= {{ as_of_date() }}
        and (
            opening_amount <> 0 or opening_deals <> 0 or closing_deals <> 0
            {%- for category in movement_categories() %}
            or {{ category }}_deals <> 0
            {%- endfor %}
        )

)

select * from final
