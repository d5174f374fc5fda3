{# A transition as it looks from one scope: scope, period_type, period_start, period_end and whether the deal's close
   date lies in the period before and after (always, in scope open). Expects transitions' columns. #}
{% macro in_scopes(relation, scopes) -%}
    {%- for scope, period_type in scopes %}
    select
        {{ relation }}.*,
        '{{ scope }}' as scope,
        '{{ period_type }}' as period_type,
        {% if period_type == 'any' -%}
        cast(null as date) as period_start,
        cast(null as date) as period_end,
        {%- else -%}
        {{ period_type }}_start as period_start,
        {{ period_type }}_end as period_end,
        {%- endif %}
        {% if scope == 'open' -%}
        true as is_dated_in_before,
        true as is_dated_in_after
        {%- else -%}
        coalesce(close_date_before >= {{ period_type }}_start and close_date_before < {{ period_type }}_end, false)
            as is_dated_in_before,
        coalesce(close_date_after >= {{ period_type }}_start and close_date_after < {{ period_type }}_end, false)
            as is_dated_in_after
        {%- endif %}
    from {{ relation }}
    {%- if scope == 'target' %}
    where (close_date_before >= {{ period_type }}_start and close_date_before < {{ period_type }}_end)
        or (close_date_after >= {{ period_type }}_start and close_date_after < {{ period_type }}_end)
    {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{# What a transition means in a scope, in the order owner, close date, amount, status (metrics: pipeline movements).

   Columns of in_scopes() become: is_transferred and transfer_value; entry_category and entry_value (created, reopened,
   restored, pulled_in, pushed_in); change_value (increased or decreased); exit_category and exit_value (won, lost,
   deleted, pushed_out, pulled_out); amounts unsigned but change_value. #}
{% macro movement_steps(relation) -%}
    select
        steps.*,
        was_in_scope and rep_before <> rep_after as is_transferred,
        case
            when is_entering_open then
                case
                    when is_birth then 'created'
                    when was_deleted then 'restored'
                    else 'reopened'
                end
            when is_entering_closed then case when is_birth then 'created' else 'reopened' end
            when is_moving_in then
                case when close_date_before < period_start then 'pushed_in' else 'pulled_in' end
        end as entry_category,
        case
            when is_entering_open or is_entering_closed then value_after
            when is_moving_in then value_before
        end as entry_value,
        case
            when was_open_deal and is_dated_in_after and not is_deleted then value_after - value_before
            else 0
        end as change_value,
        case
            when was_in_scope and not is_dated_in_after then
                case when close_date_after < period_start then 'pulled_out' else 'pushed_out' end
            when was_in_scope and is_deleted then 'deleted'
            when is_closing or is_entering_closed then outcome_after
        end as exit_category,
        case
            when was_in_scope and (not is_dated_in_after or is_deleted) then value_before
            when is_closing or is_entering_closed then value_after
        end as exit_value
    from (
        select
            {{ relation }}.*,
            coalesce(was_open, false) as was_open_deal,
            coalesce(was_open, false) and is_dated_in_before as was_in_scope,
            is_open and is_dated_in_after as is_in_scope,
            not coalesce(was_open, false) and is_open and is_dated_in_after as is_entering_open,
            {# Born closed, or closed another way at once: in and out again, so that won is the booking. #}
            not coalesce(was_open, false) and not is_open and not is_deleted and is_dated_in_after
                and (is_birth or (not was_deleted and outcome_before <> outcome_after)) as is_entering_closed,
            coalesce(was_open, false) and not is_dated_in_before and is_dated_in_after and not is_deleted
                as is_moving_in,
            coalesce(was_open, false) and not is_open and not is_deleted and is_dated_in_after as is_closing
        from {{ relation }}
    ) as steps
{%- endmacro %}
