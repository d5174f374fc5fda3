"""Recurring revenue from landed subscriptions: what moved each month, against a plain count in Python."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from attain.settings import Database
from extract import templates
from tests import warehouse
from tests.databases import TestServer

pytestmark = pytest.mark.timeout(600)

_ROWS = (  # id, customer, amount, billing, start, end; the library's as_of is 2026-07-01
    ("g1", "A", "500", "year", date(2025, 10, 1), date(2026, 1, 15)),
    ("g2", "A", "500", "year", date(2025, 10, 1), date(2026, 2, 1)),
    ("s1", "A", "60", "month", date(2025, 12, 31), None),
    ("q1", "B", "100", "quarter", date(2026, 3, 1), date(2026, 5, 31)),
    ("q2", "B", "100.01", "quarter", date(2026, 6, 30), None),
    ("x1", "C", "9", "month", date(2026, 4, 2), date(2026, 4, 20)),
    ("f1", "C", "9", "month", date(2026, 8, 1), None),
)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_FIRSTS = [date(2025 + m // 12, m % 12 + 1, 1) for m in range(8, 19)]


@pytest.fixture(scope="module")
def database(
    server: TestServer, template_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("revenue")
    with warehouse.opened(server, template_database) as (opened, run):
        warehouse.land_company(opened, run, folder / "company", name="Acme", currency="EUR", time_zone="Europe/Berlin")
        rows = [
            {"subscription_id": id_, "account_id": who, "recurring_amount": Decimal(amount), "billing_period": billing,
             "start_date": start, "end_date": end}
            for id_, who, amount, billing, start, end in _ROWS
        ]  # fmt: skip
        warehouse.land_rows(opened, run, templates.SUBSCRIPTIONS, rows)
        accounts = [{"account_id": who, "account_name": who} for who in ("A", "B", "C")]
        warehouse.land_rows(opened, run, templates.ACCOUNTS, accounts)
        ad = {"performance_date": date(2026, 3, 1), "channel": "Search", "campaign": "x", "clicks": 9}
        for clicks in (9, 7):
            warehouse.land_rows(opened, run, templates.AD_PERFORMANCE, [ad | {"clicks": clicks}])
        warehouse.build(opened, run, folder)
        yield opened


def _balance(who: str, day: date) -> Decimal:
    running = sum(
        (
            Decimal(amount) / _MONTHS[billing]
            for _, customer, amount, billing, start, end in _ROWS
            if customer == who and start <= day and (end is None or end > day)
        ),
        Decimal(0),
    )
    return running.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_movements_are_the_differences_of_plainly_counted_balances(database: Database) -> None:
    """Month by month and customer by customer, rows that ought not to be there included."""
    expected = {}
    for who in ("A", "B", "C"):
        before, paid = Decimal(0), False
        for first, after in zip(_FIRSTS, [*_FIRSTS[1:], date(2026, 8, 1)], strict=True):
            last = min(date.fromordinal(after.toordinal() - 1), warehouse.AS_OF.date())
            now = _balance(who, last)
            if before or now:
                expected[who, first] = (before, _word(before, now, paid), now)
            before, paid = now, paid or now > 0
    found = warehouse.found(
        database, "select account_name, month_start, opening_mrr, movement, closing_mrr from marts.revenue_movements"
    )
    assert {
        (r["account_name"], r["month_start"]): (r["opening_mrr"], r["movement"], r["closing_mrr"]) for r in found
    } == expected
    assert {row[1] for row in expected.values()} >= {"new", "expansion", "contraction", "churn", "reactivation", "none"}


def test_a_restated_day_of_advertising_replaces_the_one_before(database: Database) -> None:
    """Platforms correct their figures for weeks: the last word counts, once."""
    assert warehouse.found(database, "select channel, clicks, cost from marts.funnel_traffic") == [
        {"channel": "search", "clicks": 7, "cost": None}
    ]


def _word(before: Decimal, now: Decimal, paid: bool) -> str:
    if now == before:
        return "none"
    if not before:
        return "reactivation" if paid else "new"
    if not now:
        return "churn"
    return "expansion" if now > before else "contraction"
