with

account_interactions as (

    select * from {{ ref('account_interactions') }}

),

accounts as (

    select * from {{ ref('accounts') }}

),

{{ funnel_entries('account_interactions', 'account_key') }},

final as (

    select
        md5(entries.account_key || '|' || entries.entered_stage) as entry_key,
        entries.account_key,
        accounts.account_name,
        entries.entered_stage as funnel_stage,
        entries.stage_order,
        entries.entered_at,
        entries.entered_date,
        entries.source,
        entries.channel,
        entries.campaign_key,
        accounts.segment,
        accounts.region,
        accounts.owner_rep_key as rep_key,
        entries.entry_kind,
        entries.observed_at,
        entries.interaction,
        entries.opportunity_key,
        entries.days_since_previous_stage,
        {{ run_id() }} as _run_id
    from entries
    inner join accounts on accounts.account_key = entries.account_key

)

select * from final
