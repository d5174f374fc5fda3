with

person_interactions as (

    select * from {{ ref('person_interactions') }}

),

people as (

    select * from {{ ref('people') }}

),

{{ funnel_entries('person_interactions', 'person_key') }},

final as (

    select
        md5(entries.person_key || '|' || entries.entered_stage) as entry_key,
        entries.person_key,
        entries.entered_stage as funnel_stage,
        entries.stage_order,
        entries.entered_at,
        entries.entered_date,
        coalesce(entries.source, people.lead_source) as source,
        entries.channel,
        entries.campaign_key,
        people.account_key,
        people.segment,
        people.region,
        coalesce(nullif(entries.rep_key, {{ unknown_key() }}), people.rep_key) as rep_key,
        entries.entry_kind,
        entries.observed_at,
        entries.interaction,
        entries.opportunity_key,
        entries.days_since_previous_stage,
        {{ run_id() }} as _run_id
    from entries
    inner join people on people.person_key = entries.person_key

)

select * from final
