"""Commission as finance would check it: generated books, each a source account of one build, against docs/commission.md."""

import itertools
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from attain import runs
from attain.runs import Run
from attain.settings import Database
from extract import templates
from tests import commission_books, warehouse
from tests.commission_books import STEP, STEPS, Row
from tests.commission_oracle import Line, credited, statements
from tests.library import AS_OF, Library, land_settings

pytestmark = pytest.mark.timeout(600)  # whichever comes first builds the library

Crumb = tuple[str, Row]
"""table and one of its rows"""

STATEMENTS = """
    select identities.source_account, identities.rep_id, statements.plan_id, statements.component,
        statements.plan_version_from, statements.period_start, statements.tier, statements.amount_in_tier,
        statements.earning_amount
    from marts.commission_statements as statements
    inner join core.rep_identities as identities on identities.identity_key = statements.rep_key
"""


def _land(database: Database, run: Run, account: str, crumbs: Iterable[Crumb]) -> None:
    """Rows in pages of up to fifteen of one table, in the order they come."""
    tables = {table.name.removeprefix("files__"): table for table in templates.TEMPLATES}
    pages: dict[str, list[Row]] = defaultdict(list)
    for name, row in crumbs:
        pages[name].append(row)
        if len(pages[name]) == 15:
            warehouse.land_rows(database, run, tables[name], pages.pop(name), account=account)
    for name, rows in pages.items():
        warehouse.land_rows(database, run, tables[name], rows, account=account)


def _paid(database: Database) -> dict[tuple[str, Line], tuple[Decimal, Decimal]]:
    return {
        (
            row["source_account"],
            (
                row["rep_id"],
                row["plan_id"],
                row["component"],
                row["plan_version_from"],
                row["period_start"],
                row["tier"],
            ),
        ): (row["amount_in_tier"], row["earning_amount"])
        for row in warehouse.found(database, STATEMENTS)
        if row["source_account"] != "ladder"
    }


def test_statements_are_what_the_definition_says_to_the_cent(library: Library) -> None:
    """Every line of every payee equals a computation that shares no code and no SQL with the models."""
    expected = {(each.account, line): amounts for each in library.books for line, amounts in statements(each).items()}
    paid = _paid(library.database)
    assert len(expected) > 20 * len(library.books)
    assert {k: (v, paid.get(k)) for k, v in expected.items() if paid.get(k) != v} == {}
    assert set(paid) == set(expected)


def test_credits_sum_to_the_deal_and_earnings_to_the_statement(library: Library) -> None:
    """Nothing is lost between a booking and a statement, whatever the splits say."""
    shared = warehouse.found(
        library.database,
        "select sum(credit_amount) as amount, count(*) as n from marts.commission_credits where credit_kind <> 'overlay'",
    )[0]
    booked = warehouse.found(library.database, "select sum(net_amount) as amount from marts.bookings")[0]
    overlays = warehouse.found(
        library.database,
        "select coalesce(sum(credit_amount), 0) as amount from marts.commission_credits where credit_kind = 'overlay'",
    )[0]
    assert shared["amount"] == booked["amount"]
    expected = sum(credit.amount for each in [*library.books, library.ladder] for credit in credited(each))
    assert shared["amount"] + overlays["amount"] == expected
    tie = warehouse.found(
        library.database,
        "select (select sum(earning_amount) from marts.commission_earnings) as earned, "
        "(select sum(earning_amount) from marts.commission_statements) as stated",
    )[0]
    assert tie["earned"] == tie["stated"]


def test_any_batching_and_order_pays_the_same(database: Database, run: Run, tmp_path: Path) -> None:
    """Rows in shuffled crumbs over two runs, some first in a version since corrected, pay what one load pays."""
    dice = random.Random(7)
    whole = commission_books.book(0)
    crumbs = [(name, row) for name, rows in whole.rows.items() for row in rows]
    dice.shuffle(crumbs)
    first, second = crumbs[: len(crumbs) // 2], crumbs[len(crumbs) // 2 :]
    land_settings(database, run, tmp_path / "company")
    _land(database, run, whole.account, [(name, _wrong(name, row)) for name, row in first])
    warehouse.build(database, run, tmp_path, AS_OF)
    warehouse.mark_published(database, run)

    again = runs.begin(database, "test", "pytest", "fingerprint")
    _land(database, again, whole.account, [*second, *first])
    warehouse.build(database, again, tmp_path, AS_OF)
    assert _paid(database) == {(whole.account, line): amounts for line, amounts in statements(whole).items()}


def _wrong(name: str, row: Row) -> Row:
    """The row as it stood before it was put right."""
    if name == "opportunities":
        return {
            **row,
            "amount": Decimal("12.34"),
            "stage": "Prospecting",
            "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
        }
    if name == "quotas":
        return {**row, "quota_amount": Decimal(777)}
    return row


def test_pay_is_continuous_and_never_falls_as_a_deal_grows(library: Library) -> None:
    """A step more never pays less, and never more than the top rate of a step, across every tier bound."""
    rows = warehouse.found(
        library.database,
        "select rep_name, sum(earning_amount) as paid from marts.commission_earnings where plan_id = 'p' "
        "group by rep_name order by rep_name",
    )
    paid = [row["paid"] for row in rows]
    assert len(paid) == STEPS
    assert all(0 <= after - before <= STEP / 10 for before, after in itertools.pairwise(paid))
    assert paid[39] == Decimal("10.00") + Decimal("25.00")
