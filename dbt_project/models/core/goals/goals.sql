-- What is to be reached, by whom and when: goals as they were set and the prorated quotas, in one form.

with

goals_given as (

    {{ union_staging('goals', [
        'goal_key', 'source_account', 'goal_id', 'parent_goal_key', 'rep_identity_key', 'owner_identity_key', 'goal_name',
        'description', 'subject_level', 'subject_name', 'measure', 'period_type', 'currency_code', 'status',
        'target_amount', 'period_start', 'created_at', 'is_deleted',
    ]) }}

),

quotas as (

    select * from {{ ref('quotas') }}

),

company as (

    select * from {{ ref('company') }}

),

rep_identities as (

    select * from {{ ref('rep_identities') }}

),

reps as (

    select * from {{ ref('reps') }}

),

period_days as (

    select * from {{ ref('period_days') }}
    where period_type in ({{ quoted(fiscal_period_types()) }})

),

live as (

    select
        goals_given.*,
        coalesce(goals_given.period_type, 'month') as known_period_type,
        coalesce(goals_given.status, 'active') as known_status,
        nullif(goals_given.measure, '') as known_measure,
        {{ fold('goals_given.subject_name') }} as folded_name,
        coalesce(goals_given.currency_code, company.currency_code) as known_currency
    from goals_given
    cross join company
    where not goals_given.is_deleted

),

groups_of_reps as (

    -- A team is a team however its letters are cased; where reps spell it in two ways, one of them stands for it.
    select 'team' as subject_level, {{ fold('team') }} as folded_name, min(team) as subject_key
    from reps
    where team is not null
    group by 2

    union all

    select 'region' as subject_level, {{ fold('region') }} as folded_name, min(region) as subject_key
    from reps
    where region is not null
    group by 2

),

exact_groups as (

    select distinct 'team' as subject_level, team as subject_key from reps where team is not null
    union all
    select distinct 'region' as subject_level, region as subject_key from reps where region is not null

),

stated as (

    select
        live.goal_key,
        'goal' as goal_source,
        live.source_account,
        live.goal_id,
        live.parent_goal_key,
        live.subject_level,
        case live.subject_level
            when 'company' then 'company'
            when 'rep' then {{ or_unknown('rep_identities.rep_key') }}
            else coalesce(exact_groups.subject_key, groups_of_reps.subject_key, live.subject_name, 'unknown')
        end as subject_key,
        case live.subject_level
            when 'company' then true
            when 'rep' then rep_identities.rep_key is not null
            else groups_of_reps.subject_key is not null
        end as is_subject_known,
        live.goal_name,
        live.description,
        live.known_measure as measure,
        live.known_period_type as period_type,
        live.period_start as given_date,
        period_days.period_start,
        period_days.period_end,
        period_days.period_name,
        period_days.period_number,
        -- Measures that are not money have no currency.
        case
            when live.known_measure in ({{ quoted(money_measures()) }})
                then {{ converted('live.target_amount', 'rates', 'live.known_currency') }}
            else live.target_amount
        end as target_amount,
        live.target_amount as given_amount,
        live.known_currency as currency_code,
        live.known_status as status,
        owners.rep_key as owner_rep_key,
        live.created_at
    from live
    left join rep_identities on rep_identities.identity_key = live.rep_identity_key
    left join rep_identities as owners on owners.identity_key = live.owner_identity_key
    left join exact_groups
        on exact_groups.subject_level = live.subject_level and exact_groups.subject_key = live.subject_name
    left join groups_of_reps
        on groups_of_reps.subject_level = live.subject_level and groups_of_reps.folded_name = live.folded_name
    left join period_days
        on period_days.calendar_date = live.period_start and period_days.period_type = live.known_period_type
    {{ join_rate('rates', 'live.known_currency', 'coalesce(period_days.period_start, live.period_start)') }}

),

of_quotas as (

    select
        quotas.quota_key as goal_key,
        'quota' as goal_source,
        cast(null as {{ dbt.type_string() }}) as source_account,
        cast(null as {{ dbt.type_string() }}) as goal_id,
        cast(null as {{ dbt.type_string() }}) as parent_goal_key,
        'rep' as subject_level,
        quotas.rep_key as subject_key,
        quotas.rep_key <> {{ unknown_key() }} as is_subject_known,
        cast(null as {{ dbt.type_string() }}) as goal_name,
        cast(null as {{ dbt.type_string() }}) as description,
        quotas.measure,
        'month' as period_type,
        quotas.month_start as given_date,
        quotas.month_start as period_start,
        quotas.month_end as period_end,
        period_days.period_name,
        period_days.period_number,
        quotas.quota_amount as target_amount,
        quotas.full_amount as given_amount,
        company.currency_code,
        'active' as status,
        quotas.rep_key as owner_rep_key,
        cast(null as timestamptz) as created_at
    from quotas
    cross join company
    inner join period_days on period_days.calendar_date = quotas.month_start and period_days.period_type = 'month'

),

together as (

    select * from stated
    union all
    select * from of_quotas

),

final as (

    select
        goal_key,
        goal_source,
        source_account,
        goal_id,
        parent_goal_key,
        subject_level,
        subject_key,
        is_subject_known,
        goal_name,
        description,
        measure,
        period_type,
        given_date,
        period_start,
        period_end,
        period_name,
        cast(period_number as bigint) as period_number,
        {{ money('target_amount') }} as target_amount,
        {{ money('given_amount') }} as given_amount,
        currency_code,
        status,
        -- Whether it counts: in force, and measure, period and target are there to count by.
        status not in ('draft', 'cancelled') and measure is not null and period_start is not null
        and target_amount is not null as is_counted,
        owner_rep_key,
        created_at,
        {{ run_id() }} as _run_id
    from together

)

select * from final
