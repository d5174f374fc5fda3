{{ config(meta={'publish': {'key': ['movement_key'], 'touched_by': none}}) }}

with

sums as (

    select
        scope, basis, period_type, period_start, rep_key,
        {{ pivot_categories() }}
    from {{ ref('pipeline_period_sums') }}
    group by scope, basis, period_type, period_start, rep_key

),

openings as (

    select openings.*, bases.basis
    from {{ ref('pipeline_openings') }} as openings
    cross join (select 'gross' as basis union all select 'net') as bases

),

joined as (

    select
        scope, basis, period_type, period_start, rep_key,
        coalesce(openings.opening_amount, 0) as opening_amount,
        coalesce(openings.opening_deals, 0) as opening_deals,
        coalesce(openings.revalued_amount, 0) as revalued_amount,
        {% for category in movement_categories() -%}
        coalesce(sums.{{ category }}_amount, 0) as {{ category }}_amount,
        coalesce(sums.{{ category }}_deals, 0) as {{ category }}_deals{% if not loop.last %},{% endif %}
        {% endfor %}
    from openings
    full outer join sums using (scope, basis, period_type, period_start, rep_key)

),

moved as (

    select
        joined.*,
        {% for category in movement_categories() %}{{ category }}_amount{% if not loop.last %} + {% endif %}{% endfor %}
            as movement_amount,
        {% for category in ['created', 'reopened', 'restored', 'transferred_in', 'pulled_in', 'pushed_in'] -%}
        {{ category }}_deals{% if not loop.last %} + {% endif %}
        {%- endfor %}
        {%- for category in ['transferred_out', 'pushed_out', 'pulled_out', 'won', 'lost', 'deleted'] %}
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
    window same_period as (partition by scope, period_type, period_start, rep_key)

),

final as (

    select
        {{ key(['closed.scope', 'closed.basis', 'closed.period_type', 'closed.period_start', 'closed.rep_key']) }}
            as movement_key,
        closed.scope,
        closed.basis,
        closed.period_type,
        closed.period_start,
        periods.period_end,
        periods.period_name,
        closed.rep_key,
        reps.rep_name,
        reps.team,
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
        on periods.period_type = closed.period_type and periods.period_start = closed.period_start
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
