{# States of deals cut where their owner changed teams: the columns of relation, team and from_date, the day the owner
   held the deal in that team from. Only open states are cut; of a closed one the team of its day stands. A rep's first
   team reaches back without end; a change of teams that lies ahead has not happened.

   relation: rows of opportunity_changes. #}
{% macro by_team(relation) -%}
    select
        {{ relation }}.*,
        coalesce(teams.team, 'not recorded') as team,
        case when teams.valid_from > {{ relation }}.change_date then teams.valid_from else {{ relation }}.change_date end
            as from_date
    from {{ relation }}
    left join (
        select
            rep_key,
            team,
            case when range_number = 1 then cast('1900-01-01' as date) else valid_from end as valid_from,
            lead(valid_from) over (partition by rep_key order by range_number) as valid_to
        from {{ ref('reps_history') }}
        where range_number = 1 or valid_from <= {{ as_of_date() }}
    ) as teams
        on teams.rep_key = {{ relation }}.rep_key
        and (teams.valid_to is null or teams.valid_to > {{ relation }}.change_date)
        and (
            teams.valid_from <= {{ relation }}.change_date
            or ({{ relation }}.is_open and ({{ relation }}.end_date is null or teams.valid_from < {{ relation }}.end_date))
        )
{%- endmacro %}

{# Every deal's segment: its account's, as the mapping has it now. #}
{% macro deal_segments() -%}
    select deals.opportunity_key, coalesce(accounts.segment, 'not recorded') as segment
    from {{ ref('opportunities') }} as deals
    left join {{ ref('accounts') }} as accounts on accounts.account_key = deals.account_key
{%- endmacro %}
