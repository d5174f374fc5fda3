-- Which person each lead and contact is: connected components over shared e-mails, conversions and merges.
-- Label propagation: every record starts with its own number; each round it takes the least number found in any
-- group it belongs to (its e-mail, itself, what it was converted or merged into), until a round changes nothing.
-- A round is one pass over all linked records, and rounds are as many as the longest chain of links needs.

with recursive

contacts as (

    select * from {{ ref('contacts') }}

),

leads as (

    select * from {{ ref('leads') }}

),

records as (

    select
        'contact' as record_kind,
        contact_key as record_key,
        source_account,
        contact_id as record_id,
        email_identity,
        cast(null as {{ dbt.type_string() }}) as converted_into_key,
        merged_into_key,
        created_at,
        is_deleted
    from contacts

    union all

    select
        'lead' as record_kind,
        lead_key as record_key,
        source_account,
        lead_id as record_id,
        email_identity,
        converted_contact_key as converted_into_key,
        merged_into_key,
        created_at,
        is_deleted
    from leads

),

numbered as (

    -- A deleted record stays only as another name of the one it was merged into.
    select
        *,
        row_number() over (
            order by is_deleted, created_at nulls last, record_kind, record_key
        ) as record_number
    from records
    where not is_deleted or merged_into_key is not null

),

groups as (

    select
        record_number,
        record_kind || ':' || record_key as group_name
    from numbered

    union

    select
        record_number,
        record_kind || ':' || merged_into_key as group_name
    from numbered
    where merged_into_key is not null

    union

    select
        record_number,
        'contact:' || converted_into_key as group_name
    from numbered
    where converted_into_key is not null

    union

    select
        record_number,
        'email:' || email_identity as group_name
    from numbered
    where email_identity is not null and not is_deleted

),

shared_groups as (

    select
        record_number,
        dense_rank() over (order by group_name) as group_number
    from (
        select
            record_number,
            group_name,
            count(*) over (partition by group_name) as members
        from groups
    ) as counted
    where members > 1

),

labels as (

    select
        record_number,
        group_number,
        record_number as label,
        true as is_changed
    from shared_groups

    union all

    select
        record_number,
        group_number,
        next_label as label,
        bool_or(next_label < label) over () as is_changed
    from (
        select
            by_group.*,
            min(group_label) over (partition by record_number) as next_label
        from (
            select
                labels.*,
                min(label) over (partition by group_number) as group_label
            from labels
            where is_changed
        ) as by_group
    ) as by_record

),

components as (

    select
        record_number,
        min(label) as first_record_number
    from labels
    group by record_number

),

members as (

    select
        numbered.*,
        coalesce(components.first_record_number, numbered.record_number) as first_record_number
    from numbered
    left join components on components.record_number = numbered.record_number

),

identified as (

    select
        members.record_kind,
        members.record_key,
        members.source_account,
        members.record_id,
        md5(first_record.record_kind || '|' || first_record.record_key) as person_key,
        members.created_at,
        members.is_deleted,
        {{ run_id() }} as _run_id
    from members
    inner join numbered as first_record on first_record.record_number = members.first_record_number
    -- A person of whom every record is deleted is no longer one.
    where not first_record.is_deleted

)

select * from identified
