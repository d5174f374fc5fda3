{# One row per rep, superior at any distance, and range in which that line held. Level 0 is the rep themself.
   A line that runs in a circle ends where it would begin again; nobody is more than 12 levels up. #}
with recursive

reps_history as (

    select rep_key, manager_rep_key, valid_from, valid_to
    from {{ ref('reps_history') }}

),

lines as (

    select
        rep_key,
        rep_key as manager_rep_key,
        manager_rep_key as next_rep_key,
        0 as level,
        valid_from,
        valid_to,
        cast(rep_key as {{ dbt.type_string() }}) as path
    from reps_history

    union all

    select
        lines.rep_key,
        managers.rep_key,
        managers.manager_rep_key,
        lines.level + 1,
        greatest(lines.valid_from, managers.valid_from),
        least(lines.valid_to, managers.valid_to),
        lines.path || ' ' || managers.rep_key
    from lines
    inner join reps_history as managers
        on managers.rep_key = lines.next_rep_key
        and managers.valid_from < coalesce(lines.valid_to, date '9999-12-31')
        and lines.valid_from < coalesce(managers.valid_to, date '9999-12-31')
    where lines.level < 12 and lines.path not like '%' || managers.rep_key || '%'

),

{# Ranges that follow each other with the same superior at the same level are one. #}
marked as (

    select
        rep_key, manager_rep_key, level, valid_from, valid_to,
        case
            when valid_from <= max(coalesce(valid_to, date '9999-12-31')) over (
                partition by rep_key, manager_rep_key, level order by valid_from
                rows between unbounded preceding and 1 preceding
            ) then 0
            else 1
        end as is_start
    from lines

),

islands as (

    select
        marked.*,
        sum(is_start) over (partition by rep_key, manager_rep_key, level order by valid_from) as island
    from marked

)

select
    {{ key(['rep_key', 'manager_rep_key', 'level', 'min(valid_from)']) }} as reporting_line_key,
    rep_key,
    manager_rep_key,
    level,
    min(valid_from) as valid_from,
    nullif(max(coalesce(valid_to, date '9999-12-31')), date '9999-12-31') as valid_to,
    {{ run_id() }} as _run_id
from islands
group by rep_key, manager_rep_key, level, island
