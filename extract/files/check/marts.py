"""Which marts a folder of files can carry, which not, and what would unlock them."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

State = Literal["yes", "partly", "no"]

Given = Mapping[str, AbstractSet[str]]
"""Template -> the columns of it that hold a value."""


@dataclass(frozen=True)
class MartCheck:
    """One mart: whether the files can fill it, what is missing, and what would bring it."""

    mart: str
    state: State
    missing: str = ""
    unlock: str = ""


def marts(given: Given) -> tuple[MartCheck, ...]:
    """Every mart against what the files give."""
    return tuple(_check(mart, given) for mart in _NEEDS)


def _check(mart: str, given: Given) -> MartCheck:
    hard, soft = _NEEDS[mart]
    for has, missing, unlock in hard:
        if not has(given):
            return MartCheck(mart, "no", missing, unlock)
    lacking = [(missing, unlock) for has, missing, unlock in soft if not has(given)]
    if not lacking:
        return MartCheck(mart, "yes")
    return MartCheck(mart, "partly", "; ".join(m for m, _ in lacking), "; ".join(u for _, u in lacking))


def _has(template: str, *columns: str) -> Callable[[Given], bool]:
    return lambda given: template in given and all(column in given[template] for column in columns)


def _any(*tests: Callable[[Given], bool]) -> Callable[[Given], bool]:
    return lambda given: any(test(given) for test in tests)


def _all(*tests: Callable[[Given], bool]) -> Callable[[Given], bool]:
    return lambda given: all(test(given) for test in tests)


Need = tuple[Callable[[Given], bool], str, str]

_ORDERS = _all(_has("orders"), _has("order_lines"))
_DEALS_OR_ORDERS: Need = (
    _any(_has("opportunities"), _ORDERS), "there are no deals", "opportunities.csv (id, stage, close date, amount)",
)  # fmt: skip
_DEALS: Need = (_has("opportunities"), "there are no deals", "opportunities.csv (id, stage, close date, amount)")
_BOOKINGS: Need = (
    _any(_has("opportunities"), _ORDERS), "there are neither deals nor orders with lines",
    "opportunities.csv, or orders.csv with order_lines.csv",
)  # fmt: skip
_OWNERS: Need = (
    _any(_has("opportunities", "owner_id"), _has("orders", "owner_id")), "no deal names its owner",
    "owner_id or owner_name in opportunities.csv",
)  # fmt: skip
_TARGETS: Need = (
    _any(_has("quotas"), _has("goals")), "there are neither quotas nor goals", "quotas.csv (rep, month or quarter, amount)",
)  # fmt: skip
_GOALS: Need = (_has("goals"), "there are no goals", "goals.csv (whose, measure, period, target)")
_SUBSCRIPTIONS: Need = (
    _has("subscriptions"), "there are no subscriptions: neither starts nor what recurs is known", "subscriptions.csv (customer, amount, billing period, start, end)",
)  # fmt: skip
_COSTS: Need = (_has("costs"), "there are no costs", "costs.csv (day, type, amount)")
_QUOTAS: Need = (_has("quotas"), "there are no quotas", "quotas.csv (rep, month or quarter, amount)")
_CREATED: Need = (
    _any(_has("opportunities", "created_at"), lambda given: "opportunities" not in given),
    "deals have no creation date: no cycle lengths",
    "created_at in opportunities.csv",
)
_HISTORY: Need = (
    _any(
        lambda given: "opportunities" not in given,_has("opportunity_history"), _has("opportunity_field_history")),
    "there is no history: movements are known from creation, close and what changes from one load to the next",
    "opportunity_history.csv, or opportunity_field_history.csv (one row per changed field)",
)  # fmt: skip
_REASONS: Need = (
    _any(_has("opportunities", "loss_reason"), lambda given: "opportunities" not in given),
    "no deal says why it was won or lost",
    "loss_reason in opportunities.csv",
)
_LINES: Need = (
    _any(_has("opportunity_lines"), _has("order_lines")), "there are no lines: neither product families nor discounts",
    "opportunity_lines.csv (with list_price)",
)  # fmt: skip
_SOURCES: Need = (
    _any(_has("opportunities", "lead_source"), lambda given: "opportunities" not in given),
    "no deal names its lead source",
    "lead_source in opportunities.csv",
)
_TYPES: Need = (
    _any(_has("opportunities", "opportunity_type"), lambda given: "opportunities" not in given),
    "deals have no type: renewals and expansions count as repeat business",
    "opportunity_type in opportunities.csv",
)
_PEOPLE: Need = (
    _any(_has("leads"), _has("contacts"), _has("touches")), "there are no leads, contacts or touches", "leads.csv, contacts.csv",
)  # fmt: skip
_TOUCHES: Need = (
    _has("touches"), "there are no touches: first interest is the day a lead was created", "touches.csv, or Salesforce's CampaignMember.csv",
)  # fmt: skip
_HISTORY_OF_PEOPLE: Need = (
    _any(_has("leads", "created_at"), _has("contacts", "created_at"), _has("touches")),
    "nothing says when people came", "created_at in leads.csv",
)  # fmt: skip
_LEADS: Need = (
    _has("leads", "created_at"),
    "there are no leads with the time of their creation",
    "leads.csv (id, created_at)",
)
_OUTREACH: Need = (
    _any(_has("activities", "lead_id"), _has("activities", "contact_id")), "no activity names a lead or contact: none is answered",
    "lead_id in activities.csv",
)  # fmt: skip
_TRAFFIC: Need = (
    _any(_has("ad_performance"), _has("web_sessions")), "there is neither advertising nor web traffic",
    "ad_performance.csv, web_sessions.csv",
)  # fmt: skip

_NEEDS: dict[str, tuple[tuple[Need, ...], tuple[Need, ...]]] = {
    "pipeline_deals": ((_DEALS_OR_ORDERS,), (_OWNERS, _CREATED)),
    "bookings": (
        (_BOOKINGS,),
        ((_any(_has("opportunity_lines"), _has("order_lines")), "there are no lines: a deal is booked whole", "opportunity_lines.csv"),),
    ),
    "pipeline_current": ((_DEALS,), (_OWNERS,)),
    "pipeline_daily": ((_DEALS_OR_ORDERS,), (_HISTORY, _OWNERS)),
    "pipeline_movements": ((_DEALS_OR_ORDERS,), (_HISTORY, _OWNERS)),
    "pipeline_movement_days": ((_DEALS_OR_ORDERS,), (_HISTORY, _OWNERS)),
    "pipeline_stage_performance": ((_DEALS,), (_HISTORY, _OWNERS)),
    "pipeline_stage_survival": ((_DEALS,), (_HISTORY, _OWNERS)),
    "pipeline_coverage": ((_DEALS_OR_ORDERS,), (_QUOTAS, _OWNERS, _HISTORY)),
    "pipeline_slippage": ((_DEALS,), (_HISTORY, _OWNERS)),
    "pipeline_velocity": ((_DEALS_OR_ORDERS,), (_CREATED, _OWNERS)),
    "pipeline_win_loss": ((_DEALS_OR_ORDERS,), (_REASONS, _LINES)),
    "pipeline_generation": ((_DEALS_OR_ORDERS,), (_SOURCES, _HISTORY)),
    "pipeline_post_sale": ((_DEALS_OR_ORDERS,), (_TYPES, _SUBSCRIPTIONS)),
    "funnel_stage_entries": ((_PEOPLE,), (_TOUCHES,)),
    "funnel_conversion": ((_PEOPLE,), (_TOUCHES,)),
    "funnel_bottlenecks": ((_PEOPLE, _HISTORY_OF_PEOPLE), (_TOUCHES, _DEALS)),
    "funnel_traffic": ((_TRAFFIC,), ()),
    "lead_response": ((_LEADS,), (_OUTREACH,)),
    "kpi_rep_period": (
        (_BOOKINGS, _OWNERS),
        (_QUOTAS, (_has("activities"), "there are no activities", "activities.csv, or Task.csv and Event.csv"), _CREATED),
    ),
    "kpi_rep_ramp": (
        (_BOOKINGS, _OWNERS, _QUOTAS, (_has("reps", "hire_date"), "no rep has a hire date", "hire_date in reps.csv")), (),
    ),
    "goal_attainment": ((_TARGETS, _BOOKINGS), (_OWNERS,)),
    "goal_alignment": ((_TARGETS,), (_GOALS,)),
    "goal_quality": ((_TARGETS,), (_GOALS, _BOOKINGS)),
    "goal_reviews": (
        (_GOALS,),
        ((_has("goal_checkins"), "nobody plans talks about them", "goal_checkins.csv (goal, day planned, day held)"),),
    ),
    "revenue_movements": ((_SUBSCRIPTIONS,), ()),
    "retention_cohorts": ((_SUBSCRIPTIONS,), ()),
    "retention_rates": ((_SUBSCRIPTIONS,), ()),
    "customer_economics": (
        (_COSTS, (_any(_has("subscriptions"), _BOOKINGS[0]), "there are neither subscriptions nor deals", "subscriptions.csv")),
        (_SUBSCRIPTIONS,),
    ),
    "commission_statements": (
        (
            (_has("plans"), "there are no commission plans", "plans.csv (one row per tier)"),
            (_has("plan_assignments"), "nobody is on a plan", "plan_assignments.csv"),
            _BOOKINGS,
            _OWNERS,
        ),
        (_QUOTAS,),
    ),
}  # fmt: skip
"""Mart -> what it cannot do without, and what makes it whole."""
