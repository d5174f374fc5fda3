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
        end as exit_value,
        was_in_scope and (not is_due_after or is_deleted) as exit_value_is_before
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

{# The columns of a transition that its movements are told from. #}
{% macro transition_columns() -%}
    direction, write_number, opportunity_key, step_number, change_date, previous_date, next_date, segment,
    rep_before, rep_after, team_before, team_after, close_date_before, close_date_after, was_open, is_open,
    was_deleted, is_deleted, outcome_before, outcome_after, is_birth, currency_before, currency_after,
    local_before, local_after, rate_before, rate_after, value_before, value_after
{%- endmacro %}

{# What a step is made of, one row each: rep_key, team, category, deals, amount; balance_currency, local_amount and
   exact_amount tell what it does to the balance in the deal's own currency, exact_amount being the unrounded amount.
   A transfer goes at the amount before, by all its currency; what follows is the new owner's. #}
{% macro movement_pieces(relation) -%}
    select {{ relation }}.*, rep_before as rep_key, team_before as team, 'transferred_out' as category, 1 as deals,
        -value_before as amount, currency_before as balance_currency, -local_before as local_amount,
        -local_before * rate_before as exact_amount
    from {{ relation }}
    where is_transferred
    union all
    select {{ relation }}.*, rep_after, team_after, 'transferred_in', 1,
        value_before, currency_before, local_before, local_before * rate_before
    from {{ relation }}
    where is_transferred
    union all
    select {{ relation }}.*, rep_after, team_after, entry_category, 1,
        entry_value,
        case when entry_category in ('pulled_in', 'pushed_in') then currency_before else currency_after end,
        case when entry_category in ('pulled_in', 'pushed_in') then local_before else local_after end,
        case
            when entry_category in ('pulled_in', 'pushed_in') then local_before * rate_before
            else local_after * rate_after
        end
    from {{ relation }}
    where entry_category is not null
    union all
    select {{ relation }}.*, rep_after, team_after, case when change_value > 0 then 'increased' else 'decreased' end,
        case when change_value = 0 then 0 else 1 end,
        change_value, currency_after,
        local_after - case when currency_before = currency_after then local_before else 0 end,
        local_after * rate_after - case when currency_before = currency_after then local_before * rate_before else 0 end
    from {{ relation }}
    where was_open_deal and is_due_after and not is_deleted and (change_value <> 0 or currency_before <> currency_after)
    union all
    {# A change of currency takes the whole balance in the old one away. #}
    select {{ relation }}.*, rep_after, team_after, case when change_value > 0 then 'increased' else 'decreased' end, 0,
        0, currency_before, -local_before, -local_before * rate_before
    from {{ relation }}
    where was_open_deal and is_due_after and not is_deleted and currency_before <> currency_after
    union all
    select {{ relation }}.*, rep_after, team_after, exit_category, 1,
        -exit_value,
        case when exit_value_is_before then currency_before else currency_after end,
        case when exit_value_is_before then -local_before else -local_after end,
        case when exit_value_is_before then -local_before * rate_before else -local_after * rate_after end
    from {{ relation }}
    where exit_category is not null
{%- endmacro %}
