{# Transitions in each span of days they lie in: whether the close date lies there before and after, and whether the
   deal moves again in it. #}
{% macro in_spans(transitions, spans) -%}
    select
        {{ transitions }}.*,
        {{ spans }}.period_start,
        {{ spans }}.period_end,
        coalesce(close_date_before >= {{ spans }}.period_start and close_date_before < {{ spans }}.period_end, false)
            as is_due_before,
        coalesce(close_date_after >= {{ spans }}.period_start and close_date_after < {{ spans }}.period_end, false)
            as is_due_after,
        coalesce(previous_date >= {{ spans }}.period_start, false)
            or coalesce(next_date < {{ spans }}.period_end, false) as is_one_of_several
    from {{ transitions }}
    inner join {{ spans }} on {{ spans }}.calendar_date = {{ transitions }}.change_date
{%- endmacro %}

{# What a transition means in a scope, in the order owner, close date, amount, status (metrics: pipeline movements).

   relation: transitions with period_start, period_end, and is_due_before and is_due_after, whether the close date lies
   in the period before and after the change (always, in scope open).
   Adds was_in_scope, is_in_scope, is_transferred; entry_category and entry_value (created, reopened, restored,
   pulled_in, pushed_in); change_value (increased or decreased); exit_category and exit_value (won, lost, deleted,
   pushed_out, pulled_out); amounts unsigned but change_value. #}
{% macro movement_steps(relation) -%}
    select
        steps.*,
        was_in_scope and (rep_before <> rep_after or team_before <> team_after) as is_transferred,
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
            when was_open_deal and is_due_after and not is_deleted then value_after - value_before
            else 0
        end as change_value,
        case
            when was_in_scope and not is_due_after then
                case when close_date_after < period_start then 'pulled_out' else 'pushed_out' end
            when was_in_scope and is_deleted then 'deleted'
            when is_closing or is_entering_closed then outcome_after
        end as exit_category,
        case
            when was_in_scope and (not is_due_after or is_deleted) then value_before
            when is_closing or is_entering_closed then value_after
        end as exit_value
    from (
        select
            {{ relation }}.*,
            coalesce(was_open, false) as was_open_deal,
            coalesce(was_open, false) and is_due_before as was_in_scope,
            is_open and is_due_after as is_in_scope,
            not coalesce(was_open, false) and is_open and is_due_after as is_entering_open,
            {# Born closed, or closed another way at once: in and out again, so that won is the booking. #}
            not coalesce(was_open, false) and not is_open and not is_deleted and is_due_after
                and (is_birth or (not was_deleted and outcome_before <> outcome_after)) as is_entering_closed,
            coalesce(was_open, false) and not is_due_before and is_due_after and not is_deleted as is_moving_in,
            coalesce(was_open, false) and not is_open and not is_deleted and is_due_after as is_closing
        from {{ relation }}
    ) as steps
{%- endmacro %}

{# A step as it is summed up: only what movement_pieces() needs, for there are many. *_local is what it does to the
   balance in the deal's own currency, *_exact the amount before it is rounded. #}
{% macro told_steps(relation) -%}
    select
        direction,
        scope,
        period_start,
        period_end,
        change_date,
        previous_date,
        next_date,
        is_one_of_several,
        segment,
        rep_before,
        team_before,
        rep_after,
        team_after,
        currency_before,
        currency_after,
        is_transferred,
        value_before,
        local_before,
        local_before * rate_before as exact_before,
        entry_category,
        entry_value,
        coalesce(entry_category in ('pulled_in', 'pushed_in'), false) as enters_as_before,
        was_open_deal and is_due_after and not is_deleted and (
            change_value <> 0 or currency_before <> currency_after
        ) as is_changed,
        change_value,
        local_after,
        local_after * rate_after as exact_after,
        exit_category,
        exit_value,
        was_in_scope and (not is_due_after or is_deleted) as leaves_as_before
    from {{ relation }}
    where is_transferred or entry_category is not null or change_value <> 0 or exit_category is not null
        or currency_before <> currency_after
{%- endmacro %}

{# What a step is made of, one row each. A transfer goes at the amount before; what follows is the new owner's. #}
{% macro movement_pieces(relation) -%}
    {%- set common -%}
        direction, scope, period_start, period_end, change_date, previous_date, next_date, is_one_of_several, segment
    {%- endset -%}
    select {{ common }}, rep_before as rep_key, team_before as team, 'transferred_out' as category, 1 as deals,
        -value_before as amount, currency_before as balance_currency, -local_before as local_amount,
        -exact_before as exact_amount
    from {{ relation }}
    where is_transferred
    union all
    select {{ common }}, rep_after, team_after, 'transferred_in', 1,
        value_before, currency_before, local_before, exact_before
    from {{ relation }}
    where is_transferred
    union all
    select {{ common }}, rep_after, team_after, entry_category, 1,
        entry_value,
        case when enters_as_before then currency_before else currency_after end,
        case when enters_as_before then local_before else local_after end,
        case when enters_as_before then exact_before else exact_after end
    from {{ relation }}
    where entry_category is not null
    union all
    select {{ common }}, rep_after, team_after, case when change_value > 0 then 'increased' else 'decreased' end,
        case when change_value = 0 then 0 else 1 end,
        change_value, currency_after,
        local_after - case when currency_before = currency_after then local_before else 0 end,
        exact_after - case when currency_before = currency_after then exact_before else 0 end
    from {{ relation }}
    where is_changed
    union all
    {# A change of currency takes the whole balance in the old one away. #}
    select {{ common }}, rep_after, team_after, case when change_value > 0 then 'increased' else 'decreased' end, 0,
        0, currency_before, -local_before, -exact_before
    from {{ relation }}
    where is_changed and currency_before <> currency_after
    union all
    select {{ common }}, rep_after, team_after, exit_category, 1,
        -exit_value,
        case when leaves_as_before then currency_before else currency_after end,
        case when leaves_as_before then -local_before else -local_after end,
        case when leaves_as_before then -exact_before else -exact_after end
    from {{ relation }}
    where exit_category is not null
{%- endmacro %}
