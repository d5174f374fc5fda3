-- What each rep booked, closed, created and did on each day: read once here, added up to periods afterwards.

{% set sums = {
    'booked': {
        'bookings_amount': 'sum(net_amount)',
        'list_amount': 'sum(list_amount) filter (where net_amount is not null)',
        'discount_amount': 'sum(list_amount - net_amount)',
    },
    'credited': {'credited_amount': 'sum(credit_amount)'},
    'closed': {
        'won_deals': 'count(*) filter (where is_won)',
        'lost_deals': 'count(*) filter (where is_lost)',
        'closed_deals_without_amount': 'count(*) filter (where amount is null)',
        'won_deals_with_amount': 'count(amount) filter (where is_won)',
        'won_amount': 'sum(amount) filter (where is_won)',
        'lost_amount': 'sum(amount) filter (where is_lost)',
        'won_cycle_deals': 'count(cycle_days) filter (where is_won and is_cycle_valid)',
        'won_cycle_days': 'sum(cycle_days) filter (where is_won and is_cycle_valid)',
        'lost_cycle_deals': 'count(cycle_days) filter (where is_lost and is_cycle_valid)',
        'lost_cycle_days': 'sum(cycle_days) filter (where is_lost and is_cycle_valid)',
    },
    'created': {
        'created_deals': 'count(*)',
        'created_amount': 'sum(amount)',
        'created_won_deals': 'count(*) filter (where is_won)',
        'created_open_deals': 'count(*) filter (where is_open)',
    },
    'active': {
        'activities': 'count(*)',
        'calls': "count(*) filter (where activity_type = 'call')",
        'emails': "count(*) filter (where activity_type = 'email')",
        'meetings': "count(*) filter (where activity_type = 'meeting')",
    },
} %}
{% set sources = {
    'booked': ['bookings', 'booking_date', 'true'],
    'credited': ['commission_credits', 'credit_date', 'true'],
    'closed': ['deals', 'close_date', 'is_won or is_lost'],
    'created': ['deals', 'created_date', 'true'],
    'active': ['activities', 'activity_date', 'is_completed'],
} %}
{% set columns = kpi_amounts() + ['credited_amount'] + kpi_counts() %}

with

deals as (

    select * from {{ ref('pipeline_deals') }}

),

bookings as (

    select * from {{ ref('bookings') }}

),

commission_credits as (

    select * from {{ ref('commission_credits') }}

),

activities as (

    select * from {{ ref('activities') }}

),

{% for part, source in sources.items() -%}
{{ part }} as (

    select
        rep_key,
        {{ source[1] }} as kpi_date,
        {%- for name, expression in sums[part].items() %}
        {{ expression }} as {{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ source[0] }}
    where {{ source[2] }}
    group by 1, 2

),

{% endfor -%}

together as (

    {% for part in sources -%}
    select
        rep_key,
        kpi_date,
        {%- for name in columns %}
        {{ name if name in sums[part] else 'cast(null as numeric)' }} as {{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ part }}
    {% if not loop.last -%}
    union all
    {% endif %}
    {%- endfor %}

),

final as (

    select
        rep_key,
        kpi_date,
        {%- for name in kpi_amounts() + ['credited_amount'] %}
        {{ money('sum(' ~ name ~ ')') }} as {{ name }},
        {%- endfor %}
        {%- for name in kpi_counts() %}
        cast(sum({{ name }}) as bigint) as {{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from together
    where kpi_date is not null
    group by 1, 2

)

select * from final
