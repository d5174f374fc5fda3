{# One row per identity and from-date: what each source says of its reps, under the person's key.
   Ranges of one identity follow each other; a source without from-dates says one thing since ever. #}
with

current_rows as (

    {{ union_staging('reps', [
        'identity_key', 'manager_identity_key', 'employee_number', 'rep_name', 'email', 'team', 'source_role', 'region',
        'currency_code', 'source_rank', 'ramp_months', 'is_active', 'is_deleted', 'valid_from', 'hire_date',
        'leave_date', 'source_account', 'rep_id'
    ]) }}

),

replaced as (

    {{ union_staging('rep_versions', [
        'identity_key', 'manager_identity_key', 'employee_number', 'rep_name', 'email', 'team', 'source_role', 'region',
        'currency_code', 'source_rank', 'ramp_months', 'is_active', 'is_deleted', 'valid_from', 'hire_date',
        'leave_date', 'source_account', 'rep_id', 'modified_at', 'replaced_at'
    ]) }}

),

tracked as (

    {# Sources that keep no history of their own: replaced versions say since when the present one holds. #}
    select identity_key, max(modified_at) as last_replaced
    from replaced
    group by identity_key

),

versions as (

    select replaced.*, row_number() over (partition by identity_key order by modified_at, replaced_at) as version
    from replaced

),

combined as (

    select
        identity_key, manager_identity_key, employee_number, rep_name, email, team, source_role, region, currency_code,
        source_rank, ramp_months, is_active, is_deleted, hire_date, leave_date, source_account, rep_id,
        case when version = 1 then cast(null as date) else {{ company_date('modified_at') }} end as valid_from,
        version
    from versions
    union all
    select
        current_rows.identity_key, manager_identity_key, employee_number, rep_name, email, team, source_role, region,
        currency_code, source_rank, ramp_months, is_active, is_deleted, hire_date, leave_date, source_account, rep_id,
        case
            when current_rows.valid_from is null and tracked.identity_key is not null
                then {{ company_date('current_modified.modified_at') }}
            else current_rows.valid_from
        end,
        1000000
    from current_rows
    left join tracked on tracked.identity_key = current_rows.identity_key
    left join (
        {{ union_staging('reps', ['identity_key', 'modified_at', 'valid_from']) }}
    ) as current_modified
        on current_modified.identity_key = current_rows.identity_key
        and current_modified.valid_from is not distinct from current_rows.valid_from

),

one_per_day as (

    select *
    from (
        select
            combined.*,
            row_number() over (partition by identity_key, valid_from order by version desc) as newest_first
        from combined
        where not is_deleted
    ) as numbered
    where newest_first = 1

),

ranges as (

    select
        one_per_day.*,
        lead(valid_from) over (partition by identity_key order by valid_from nulls first) as valid_to
    from one_per_day

)

select
    rep_identities.rep_key,
    ranges.*
from ranges
inner join {{ ref('rep_identities') }} as rep_identities on rep_identities.identity_key = ranges.identity_key
