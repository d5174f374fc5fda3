"""Commission as finance would check it: generated books, each a source account of one build, against docs/commission.md."""

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from attain import runs
from attain.runs import Run
from attain.settings import Database
from extract import templates
from tests import warehouse
from tests.commission_books import CURRENCY, FISCAL_START, WON, Book, Row, book, rate_rows
from tests.commission_oracle import Line, credited, statements
from tests.databases import TestServer, clone, drop

BOOKS = 8
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
STEPS, STEP = 80, Decimal(25)

STATEMENTS = """
    select identities.source_account, identities.rep_id, statements.plan_id, statements.component,
        statements.plan_version_from, statements.period_start, statements.tier, statements.amount_in_tier,
        statements.earning_amount
    from marts.commission_statements as statements
    inner join core.rep_identities as identities on identities.identity_key = statements.rep_key
"""


def _land(database: Database, run: Run, batches: Iterator[tuple[str, str, list[Row]]]) -> None:
    tables = {table.name.removeprefix("files__"): table for table in templates.TEMPLATES}
    for account, name, rows in batches:
        warehouse.land_rows(database, run, tables[name], rows, account=account)


def _ladder() -> Book:
    """Eighty reps of one quota and plan, each with one deal, every deal a step larger than the last."""
    names = [f"r{n:03}" for n in range(STEPS)]
    long_ago, may = date(2020, 1, 1), date(2026, 5, 1)
    tiers = ((1, "0", "0.5", "0.02"), (2, "0.5", "1", "0.05"), (3, "1", None, "0.1"))
    return Book("ladder", {
        "reps": [{"rep_id": name, "rep_name": name, "valid_from": long_ago} for name in names],
        "opportunities": [
            {"opportunity_id": name, "owner_id": name, "amount": STEP * (n + 1), "stage": WON, "close_date": may}
            for n, name in enumerate(names)
        ],
        "quotas": [
            {"rep_id": name, "measure": "bookings", "period_start": may, "period_type": "month", "quota_amount": Decimal(1000)}
            for name in names
        ],
        "plans": [
            {"plan_id": "p", "plan_name": "p", "component": "c", "rate_mode": "marginal", "measure_window": "month",
             "tier": tier, "attainment_from": Decimal(low), "attainment_to": high and Decimal(high), "rate": Decimal(rate),
             "effective_from": long_ago}
            for tier, low, high, rate in tiers
        ],
        "plan_assignments": [{"rep_id": name, "plan_id": "p", "effective_from": long_ago} for name in names],
    })  # fmt: skip


def _company(database: Database, run: Run, folder: Path) -> None:
    warehouse.land_company(
        database, run, folder, name="Books", currency=CURRENCY, fiscal_year_start_month=FISCAL_START,
        time_zone="Europe/Berlin",
    )  # fmt: skip
    warehouse.land_rows(database, run, templates.EXCHANGE_RATES, rate_rows())


def _whole(books: list[Book]) -> Iterator[tuple[str, str, list[Row]]]:
    for each in books:
        for name, rows in each.rows.items():
            if rows:
                yield each.account, name, rows


@pytest.fixture(scope="module")
def books() -> list[Book]:
    """What the tests here load."""
    return [book(seed) for seed in range(BOOKS)]


@pytest.fixture(scope="module")
def built(
    server: TestServer, template_database: Database, tmp_path_factory: pytest.TempPathFactory, books: list[Book]
) -> Iterator[Database]:
    """All books, landed whole and built once for the tests that only read."""
    folder = tmp_path_factory.mktemp("books")
    made = clone(server, template_database)
    run = runs.begin(made, "test", "pytest", "fingerprint")
    _company(made, run, folder / "company")
    _land(made, run, _whole([*books, _ladder()]))
    warehouse.build(made, run, folder, AS_OF)
    yield made
    drop(server, made)


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


def test_statements_are_what_the_definition_says_to_the_cent(built: Database, books: list[Book]) -> None:
    """Every line of every payee equals a computation that shares no code and no SQL with the models."""
    expected = {(each.account, line): amounts for each in books for line, amounts in statements(each).items()}
    paid = _paid(built)
    assert len(expected) > 20 * BOOKS
    assert {k: (v, paid.get(k)) for k, v in expected.items() if paid.get(k) != v} == {}
    assert set(paid) == set(expected)


def test_credits_sum_to_the_deal_and_earnings_to_the_statement(built: Database, books: list[Book]) -> None:
    """Nothing is lost between a booking and a statement, whatever the splits say."""
    shared = warehouse.found(
        built,
        "select sum(credit_amount) as amount, count(*) as n from marts.commission_credits where credit_kind <> 'overlay'",
    )[0]
    booked = warehouse.found(built, "select sum(net_amount) as amount from marts.bookings")[0]
    overlays = warehouse.found(
        built,
        "select coalesce(sum(credit_amount), 0) as amount from marts.commission_credits where credit_kind = 'overlay'",
    )[0]
    assert shared["amount"] == booked["amount"]
    expected = sum(credit.amount for each in [*books, _ladder()] for credit in credited(each))
    assert shared["amount"] + overlays["amount"] == expected
    tie = warehouse.found(
        built,
        "select (select sum(earning_amount) from marts.commission_earnings) as earned, "
        "(select sum(earning_amount) from marts.commission_statements) as stated",
    )[0]
    assert tie["earned"] == tie["stated"]


@pytest.mark.timeout(600)
def test_any_batching_and_order_pays_the_same(database: Database, run: Run, tmp_path: Path, books: list[Book]) -> None:
    """Rows in shuffled crumbs over two runs, some first in a version since corrected, pay what one load pays."""
    dice = random.Random(7)
    crumbs = [(account, name, [row]) for account, name, rows in _whole(books[:1]) for row in rows]
    dice.shuffle(crumbs)
    first, second = crumbs[: len(crumbs) // 2], crumbs[len(crumbs) // 2 :]
    _company(database, run, tmp_path / "company")
    early = [(account, name, [_wrong(name, row)]) for account, name, (row,) in first]
    _land(database, run, _gathered(early))
    warehouse.build(database, run, tmp_path, AS_OF)
    warehouse.mark_published(database, run)

    again = runs.begin(database, "test", "pytest", "fingerprint")
    _land(database, again, _gathered([*second, *first]))
    warehouse.build(database, again, tmp_path, AS_OF)
    expected = {(each.account, line): amounts for each in books[:1] for line, amounts in statements(each).items()}
    assert _paid(database) == expected


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


def _gathered(crumbs: list[tuple[str, str, list[Row]]]) -> Iterator[tuple[str, str, list[Row]]]:
    """Crumbs of one table and account in pages of up to fifteen rows, in the order they came."""
    pages: dict[tuple[str, str], list[Row]] = {}
    for account, name, rows in crumbs:
        page = pages.setdefault((account, name), [])
        page.extend(rows)
        if len(page) >= 15:
            yield account, name, pages.pop((account, name))
    for (account, name), page in pages.items():
        yield account, name, page


def test_pay_is_continuous_and_never_falls_as_a_deal_grows(built: Database) -> None:
    """A step more never pays less, and never more than the top rate of a step, across every tier bound."""
    rows = warehouse.found(
        built,
        "select rep_name, sum(earning_amount) as paid from marts.commission_earnings where plan_id = 'p' "
        "group by rep_name order by rep_name",
    )
    paid = [row["paid"] for row in rows]
    assert len(paid) == STEPS
    assert all(0 <= after - before <= STEP / 10 for before, after in itertools.pairwise(paid))
    assert paid[39] == Decimal("10.00") + Decimal("25.00")
