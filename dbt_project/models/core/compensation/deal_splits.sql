-- Credit shares of deals, one row per deal, rep and kind: several splits of one rep are one share.

with

splits as (

    {{ union_staging('opportunity_splits', [
        'opportunity_key', 'owner_key', 'split_type', 'split_share', 'is_deleted',
    ]) }}

),

rep_identities as (

    select * from {{ ref('rep_identities') }}

),

shares as (

    select
        splits.opportunity_key,
        {{ or_unknown('rep_identities.rep_key') }} as rep_key,
        splits.split_type as credit_kind,
        sum(splits.split_share) as split_share
    from splits
    left join rep_identities on rep_identities.identity_key = splits.owner_key
    where not splits.is_deleted and splits.split_share > 0
    group by 1, 2, 3

),

totalled as (

    select
        opportunity_key,
        rep_key,
        credit_kind,
        split_share,
        sum(split_share) over (partition by opportunity_key, credit_kind) as total_share,
        {{ run_id() }} as _run_id
    from shares

)

select * from totalled
