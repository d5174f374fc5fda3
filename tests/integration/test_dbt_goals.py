"""Goals from landed files to the marts: targets, alignment, quality, reviews and customers, against plain arithmetic."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from attain import runs
from attain.runs import Run
from attain.settings import Database
from extract import templates
from tests import warehouse
from tests.databases import TestServer

pytestmark = pytest.mark.timeout(600)

_TODAY = warehouse.AS_OF.date()
_TEAMS = {"ann": "North", "ben": "North", "cem": "South", "dan": None}
_WON = (  # deal, owner, day, amount; 900 of it beyond anybody known
    ("d1", "ann", date(2026, 1, 10), 42_500), ("d2", "ann", date(2026, 2, 10), 55_000),
    ("d3", "ann", date(2026, 3, 10), 52_500), ("d4", "ben", date(2026, 4, 1), 7_000), ("d5", "cem", date(2026, 6, 30), 8_000),
    ("d6", "dan", date(2026, 5, 5), 9_000), ("d7", "nobody", date(2026, 5, 5), 900),
)  # fmt: skip
_GOALS: tuple[dict[str, Any], ...] = (
    {"goal_id": "year", "goal_name": "Grow", "subject_level": "company", "period_type": "year", "target_amount": 700_000},
    {"goal_id": "north", "parent_goal_id": "year", "goal_name": "North grows", "subject_level": "team",
     "subject_name": "north", "period_type": "quarter", "period_start": date(2026, 2, 14), "target_amount": 160_000},
    {"goal_id": "emea", "parent_goal_id": "year", "goal_name": "EMEA grows", "subject_level": "region",
     "subject_name": "EMEA", "period_type": "year", "target_amount": 500_000},
    {"goal_id": "cem", "parent_goal_id": "emea", "goal_name": "Cem sells", "subject_level": "rep", "rep_id": "cem",
     "period_start": date(2026, 6, 1), "target_amount": 10_000, "owner_id": "ann"},
    {"goal_id": "lost", "goal_name": "Atlantis", "subject_level": "team", "subject_name": "Atlantis", "target_amount": 1},
    {"goal_id": "nice", "subject_level": "rep", "rep_id": "zed", "measure": None, "period_start": None},
    {"goal_id": "never", "goal_name": "x", "subject_level": "company", "status": "cancelled", "target_amount": 10**9},
)  # fmt: skip
_SUBSCRIPTIONS = (  # id, customer, month, start, end
    ("s1", "A", 100, date(2025, 10, 1), None), ("s2", "B", 50, date(2025, 11, 1), date(2026, 2, 1)),
    ("s3", "B", 70, date(2026, 4, 1), None), ("s4", "C", 30, date(2026, 2, 1), None),
    ("s5", "A", 25, date(2026, 3, 1), date(2026, 5, 31)), ("s6", "D", 10, date(2025, 12, 5), date(2026, 3, 1)),
)  # fmt: skip


@pytest.fixture(scope="module")
def opened(
    server: TestServer, template_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, Run, Path]]:
    folder = tmp_path_factory.mktemp("goals")
    with warehouse.opened(server, template_database) as (database, run):
        warehouse.land_company(database, run, folder / "company", name="Acme", currency="EUR", time_zone="UTC")
        _land(database, run)
        yield database, warehouse.build(database, run, folder), folder


def _land(database: Database, run: Run) -> None:
    reps = [
        {
            "rep_id": rep,
            "rep_name": rep,
            "team": team,
            "region": "EMEA" if team else None,
            "valid_from": date(2020, 1, 1),
        }
        for rep, team in _TEAMS.items()
    ]
    deals = [
        {"opportunity_id": deal, "owner_id": owner, "stage": "Closed Won", "close_date": day, "amount": Decimal(amount),
         "created_at": datetime(2025, 12, 1, tzinfo=UTC)}
        for deal, owner, day, amount in _WON
    ]  # fmt: skip
    quotas = [
        {"rep_id": rep, "measure": "bookings", "period_start": date(2026, month, 1), "period_type": "month",
         "quota_amount": Decimal(50_000)}
        for rep in ("ann", "ben") for month in range(1, 13)
    ]  # fmt: skip
    checkins = [
        {
            "checkin_id": "1",
            "goal_id": "year",
            "planned_date": date(2026, 4, 1),
            "held_date": date(2026, 4, 3),
            "rating": 4,
        },
        {"checkin_id": "2", "goal_id": "year", "planned_date": date(2026, 6, 30), "held_date": None, "rating": None},
        {"checkin_id": "3", "goal_id": "ghost", "planned_date": date(2026, 7, 1), "held_date": None, "rating": None},
    ]
    subscriptions = [
        {"subscription_id": id_, "account_id": who, "recurring_amount": Decimal(amount), "billing_period": "month",
         "start_date": start, "end_date": end}
        for id_, who, amount, start, end in _SUBSCRIPTIONS
    ]  # fmt: skip
    costs = [
        {"cost_id": "1", "cost_date": date(2026, 2, 1), "cost_type": "sales", "amount": Decimal(60)},
        {"cost_id": "2", "cost_date": date(2026, 2, 28), "cost_type": "cost_of_revenue", "amount": Decimal(35)},
    ]
    for table, rows in (
        (templates.REPS, reps), (templates.OPPORTUNITIES, deals), (templates.QUOTAS, quotas),
        (templates.GOALS, [_goal(goal) for goal in _GOALS]), (templates.GOAL_CHECKINS, checkins),
        (templates.SUBSCRIPTIONS, subscriptions), (templates.COSTS, costs),
        (templates.ACCOUNTS, [{"account_id": who, "account_name": who} for who in "ABCD"]),
    ):  # fmt: skip
        warehouse.land_rows(database, run, table, rows)


def _goal(goal: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"measure": "bookings", "period_start": date(2026, 1, 1)} | goal
    return made | ({"target_amount": Decimal(made["target_amount"])} if "target_amount" in made else {})


def _attainment(database: Database, level: str, subject: str, period_type: str, start: date) -> tuple[Any, ...]:
    found = warehouse.found(
        database,
        "select target_amount, target_basis, quota_amount, actual_amount, attainment, year_to_date_attainment "
        f"from marts.goal_attainment where level = '{level}' and subject_name = '{subject}' and measure = 'bookings' "
        f"and period_type = '{period_type}' and period_start = '{start}'",
    )
    assert len(found) == 1
    return tuple(found[0].values())


def test_attainment_of_50_k_a_month_is_85_110_105_and_to_date_85_97_5_100_percent(opened: tuple[Any, ...]) -> None:
    """The published case, through the whole warehouse."""
    rows = [_attainment(opened[0], "rep", "ann", "month", date(2026, month, 1)) for month in (1, 2, 3)]
    assert [row[4] for row in rows] == [Decimal("0.85"), Decimal("1.1"), Decimal("1.05")]
    assert [row[5] for row in rows] == [Decimal("0.85"), Decimal("0.975"), Decimal(1)]


def test_a_goal_that_was_set_stands_above_what_adds_up(opened: tuple[Any, ...]) -> None:
    """At its own period; the quotas of the same people stand beside it, and where nothing was set they are the target."""
    january, june = date(2026, 1, 1), date(2026, 6, 1)
    at = opened[0]
    assert _attainment(at, "team", "North", "quarter", january)[:4] == (160_000, "goal", 300_000, 150_000)
    assert _attainment(at, "team", "North", "month", january)[:4] == (100_000, "quota", 100_000, 42_500)
    assert _attainment(at, "team", "South", "month", june)[:4] == (10_000, "reps", None, 8_000)
    assert _attainment(at, "company", "Acme", "year", january)[:4] == (700_000, "goal", 1_200_000, 174_900)
    assert _attainment(at, "company", "Acme", "month", june)[:4] == (110_000, "reps", 100_000, 8_000)
    assert _attainment(at, "region", "EMEA", "year", january)[:4] == (500_000, "goal", 1_200_000, 165_000)
    assert _attainment(at, "team", "Atlantis", "month", january)[:4] == (1, "goal", None, 0)


def test_levels_add_up_and_who_lacks_a_goal_is_named(opened: tuple[Any, ...]) -> None:
    """South's Cem has a goal for June alone, Dan none at all."""
    found = warehouse.found(
        opened[0],
        "select level, subject_name, child_level, alignment, target_amount, assigned_amount, children_without_target, "
        "linked_amount from marts.goal_alignment where measure = 'bookings' "
        "and period_type = 'year' and period_start = '2026-01-01'",
    )
    rows = {(r["level"], r["subject_name"], r["child_level"]): tuple(r.values())[3:] for r in found}
    assert rows["company", "Acme", "region"] == ("under_assigned", 700_000, 500_000, 0, 500_000)
    assert rows["company", "Acme", "rep"] == ("over_assigned", 700_000, 1_210_000, 1, None)
    assert rows["region", "EMEA", "rep"] == ("over_assigned", 500_000, 1_210_000, 0, 10_000)
    assert rows["rep", "dan", "none"][0] == "without_goal"
    assert {k[1] for k, row in rows.items() if k[0] == "rep" and row[0] == "has_goal"} == {"ann", "ben", "cem"}


def test_each_goal_fails_its_tests_and_none_is_left_out(opened: tuple[Any, ...]) -> None:
    """The vague one fails four; the one of a team that nobody is in is named."""
    found = warehouse.found(
        opened[0], "select goal_id, failed_tests, is_attainable from marts.goal_quality where goal_source = 'goal'"
    )
    assert {r["goal_id"]: r["failed_tests"] for r in found} == {
        "year": None, "north": None, "emea": None, "cem": None, "never": None, "lost": "specific, relevant",
        "nice": "specific, measurable, relevant, time-bound",
    }  # fmt: skip
    quotas = warehouse.found(opened[0], "select count(*) as n from marts.goal_quality where goal_source = 'quota'")
    assert quotas == [{"n": 24}]


def test_reviews_say_what_is_overdue_and_what_nobody_knows(opened: tuple[Any, ...]) -> None:
    """Due on as_of's own day is not overdue yet."""
    found = warehouse.found(
        opened[0],
        "select coalesce(goal_id, 'unknown') as goal, checkins_due, checkins_held, checkins_overdue, review_state, "
        "last_rating, owner_name from marts.goal_reviews",
    )
    rows = {r["goal"]: tuple(r.values())[1:] for r in found}
    assert rows["year"] == (2, 1, 1, "overdue", 4, None)
    assert rows["unknown"] == (1, 0, 0, "on_track", None, None)
    assert rows["cem"] == (0, 0, 0, "none_planned", None, "ann")
    assert len(rows) == len(_GOALS) + 1


def _balance(who: str, day: date) -> Decimal:
    """What runs on a day."""
    return sum(
        (
            Decimal(a)
            for _, c, a, start, end in _SUBSCRIPTIONS
            if c == who and start <= day and (end is None or end > day)
        ),
        Decimal(0),
    )


@pytest.mark.parametrize(
    ("period_type", "start", "before", "last"),
    [
        ("month", date(2026, 2, 1), date(2026, 1, 31), date(2026, 2, 28)),
        ("quarter", date(2026, 1, 1), date(2025, 12, 31), date(2026, 3, 31)),
        ("quarter", date(2026, 4, 1), date(2026, 3, 31), date(2026, 6, 30)),
        ("year", date(2026, 1, 1), date(2025, 12, 31), _TODAY),
    ],
)
def test_retention_is_what_a_plain_count_of_subscriptions_says(
    opened: tuple[Any, ...], period_type: str, start: date, before: date, last: date
) -> None:
    """Start against end, customer by customer."""
    pairs = [(_balance(who, before), _balance(who, last)) for who in "ABCD"]
    there = [(a, b) for a, b in pairs if a]
    opening = sum((a for a, _ in there), Decimal(0))
    nine = Decimal("1e-9")
    expected = [
        Decimal(sum(1 for _, b in there if b)) / len(there),
        sum((min(a, b) for a, b in there), Decimal(0)) / opening,
        sum((b for _, b in there), Decimal(0)) / opening,
    ]
    found = warehouse.found(
        opened[0],
        "select logo_retention_rate, gross_retention_rate, net_retention_rate from marts.retention_rates "
        f"where dimension_level = 'all' and period_type = '{period_type}' and period_start = '{start}'",
    )
    assert [list(r.values()) for r in found] == [[rate.quantize(nine, ROUND_HALF_UP) for rate in expected]]


def test_what_a_customer_costs_and_is_worth(opened: tuple[Any, ...]) -> None:
    """February: C is won for 60; A, C, D pay 140 for which 35 is spent; B of three leaves."""
    found = warehouse.found(
        opened[0],
        "select customer_acquisition_cost, round(payback_months, 6) as payback, lifetime_value, monthly_churn_rate "
        "from marts.customer_economics "
        "where dimension_level = 'all' and period_type = 'month' and period_start = '2026-02-01'",
    )
    assert [list(r.values()) for r in found] == [
        [Decimal(60), Decimal("1.714286"), Decimal(105), Decimal("0.333333333")]
    ]


def test_a_goal_called_off_gives_way_to_what_adds_up(opened: tuple[Any, ...]) -> None:
    """The next run sees the change of one goal and every mart follows."""
    database, first, folder = opened
    warehouse.mark_published(database, first)
    again = runs.begin(database, "test", "pytest", "fingerprint")
    north = next(goal for goal in _GOALS if goal["goal_id"] == "north")
    warehouse.land_rows(database, again, templates.GOALS, [_goal(north | {"status": "cancelled"})])
    warehouse.build(database, again, folder)
    assert _attainment(database, "team", "North", "quarter", date(2026, 1, 1))[:2] == (300_000, "quota")
