"""Pipeline movements: the worked case of the metric's definition, from landed rows to the mart, to the cent."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from attain.runs import Run
from attain.settings import Database
from extract import templates
from tests import warehouse
from tests.databases import TestServer

OPEN, WON, LOST = "Prospecting", "Closed Won", "Closed Lost"
BORN = datetime(2026, 1, 5, 12, tzinfo=UTC)


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def _day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def _changes(deal: str, moment: datetime, **fields: tuple[Any, Any]) -> Iterator[dict[str, Any]]:
    for field, (old, new) in fields.items():
        yield {
            "history_id": f"{deal}-{moment:%m%d}-{field}", "opportunity_id": deal, "changed_at": moment, "field": field,
            "old_value": None if old is None else str(old), "new_value": None if new is None else str(new),
        }  # fmt: skip


def _header(
    deal: str, owner: str, amount: int | None, close: str, stage: str, updated: datetime, created: datetime = BORN,
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    return {
        "opportunity_id": deal, "owner_id": owner, "amount": None if amount is None else Decimal(amount),
        "close_date": _day(close), "stage": stage, "created_at": created, "updated_at": updated, **more,
    }  # fmt: skip


HEADERS = [
    _header("A", "ann", 120, "05-20", WON, _at(5, 20)),
    _header("B", "ben", 200, "08-01", OPEN, _at(6, 1)),
    _header("C", "ben", 50, "04-28", LOST, _at(4, 28), _at(4, 2)),
    _header("D", "ben", 340, "06-25", OPEN, _at(5, 15)),
    _header("E", "ann", 70, "07-02", OPEN, _at(6, 20)),
    _header("F", "ann", 60, "05-01", OPEN, _at(5, 2), is_deleted=True),
    _header("G", "ben", 40, "06-29", WON, _at(6, 29), _at(6, 29)),
    _header("H", "ben", 450, "06-15", WON, _at(6, 15)),
    _header("I", "ann", 95, "06-30", WON, _at(6, 30)),
    _header("J", "ann", 25, "06-12", OPEN, _at(5, 10), _at(5, 1)),
]
HISTORY = [
    *_changes("A", _at(4, 15), amount=(100, 130)),
    *_changes("A", _at(5, 20), amount=(130, 120), stage=(OPEN, WON)),
    *_changes("B", _at(5, 5), owner_id=("ann", "ben")),
    *_changes("B", _at(6, 1), close_date=("2026-06-10", "2026-08-01")),
    *_changes("C", _at(4, 28), close_date=("2026-04-30", "2026-04-28"), stage=(OPEN, LOST)),
    *_changes("D", _at(5, 15), amount=(300, 340), close_date=("2026-07-15", "2026-06-25")),
    *_changes("E", _at(1, 20), stage=(OPEN, LOST)),
    *_changes("E", _at(4, 20), stage=(LOST, OPEN), close_date=("2026-01-20", "2026-06-30")),
    *_changes("E", _at(6, 20), amount=(80, 70), close_date=("2026-06-30", "2026-07-02")),
    *_changes("F", _at(5, 2), is_deleted=("false", "true")),
    *_changes("H", _at(6, 15), amount=(500, 450), stage=(OPEN, WON), close_date=("2026-09-01", "2026-06-15")),
    *_changes("I", _at(4, 10), stage=(OPEN, WON), close_date=("2026-06-05", "2026-04-10")),
    *_changes("I", _at(4, 25), stage=(WON, OPEN), close_date=("2026-04-10", "2026-06-05")),
    *_changes("I", _at(6, 30), amount=(90, 95), stage=(OPEN, WON), close_date=("2026-06-05", "2026-06-30")),
    *_changes("J", _at(5, 10), amount=(None, 25)),
]

COLUMNS = (
    "opening", "created", "reopened", "transferred", "pulled_in", "increased", "decreased", "pushed_out", "won", "lost",
    "deleted", "closing",
)  # fmt: skip
EXPECTED = {
    ("open", "gross", "Ann"): (450, 0, 170, -200, 0, 60, -20, 0, -305, 0, -60, 95),
    ("open", "gross", "Ben"): (800, 90, 0, 200, 0, 40, -50, 0, -490, -50, 0, 540),
    ("open", "net", "Ann"): (450, 0, 80, -200, 0, 50, -10, 0, -215, 0, -60, 95),
    ("open", "net", "Ben"): (800, 90, 0, 200, 0, 40, -50, 0, -490, -50, 0, 540),
    ("target", "gross", "Ann"): (450, 0, 170, -200, 0, 60, -10, -80, -305, 0, -60, 25),
    ("target", "gross", "Ben"): (0, 90, 0, 200, 800, 40, -50, -200, -490, -50, 0, 340),
    ("target", "net", "Ann"): (450, 0, 0, -200, 0, 50, 0, 0, -215, 0, -60, 25),
    ("target", "net", "Ben"): (0, 90, 0, 200, 800, 40, -50, -200, -490, -50, 0, 340),
}


@pytest.fixture(scope="module")
def book(
    server: TestServer, template_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """The ten deals of the case, built through all stages."""
    with warehouse.opened(server, template_database) as (database, run):
        _build(database, run, tmp_path_factory.mktemp("case"))
        yield database


def _build(database: Database, run: Run, tmp_path: Path) -> None:
    warehouse.land_company(database, run, tmp_path / "company", name="Case")
    reps = [{"rep_id": name, "rep_name": name.title(), "valid_from": date(1900, 1, 1)} for name in ("ann", "ben")]
    warehouse.land_rows(database, run, templates.REPS, reps)
    warehouse.land_rows(database, run, templates.OPPORTUNITIES, HEADERS)
    warehouse.land_rows(database, run, templates.OPPORTUNITY_FIELD_HISTORY, HISTORY)
    warehouse.build(database, run, tmp_path)


def test_the_worked_case_holds_in_all_four_combinations(book: Database) -> None:
    """Every figure of the four tables, per owner, from rows as a source would send them."""
    rows = warehouse.found(
        book,
        "select *, transferred_in_amount + transferred_out_amount as transferred_amount from marts.pipeline_movements "
        "where period_type = 'quarter' and period_start = date '2026-04-01'",
    )
    figures = {
        (r["scope"], r["basis"], r["rep_name"]): tuple(int(r[f"{column}_amount"]) for column in COLUMNS) for r in rows
    }
    assert figures == EXPECTED
    for row in rows:
        assert all(row[f"{name}_amount"] == 0 for name in ("restored", "revalued", "pushed_in", "pulled_out"))


def test_gross_months_add_up_to_the_quarter_and_closings_are_the_next_openings(book: Database) -> None:
    """Scope open is continuous: what a month leaves, the next one starts with."""
    months = warehouse.found(
        book,
        "select rep_name, sum(won_amount) as won, sum(reopened_amount) as reopened, "
        "min(opening_amount) filter (where period_start = date '2026-04-01') as opening, "
        "min(closing_amount) filter (where period_start = date '2026-06-01') as closing "
        "from marts.pipeline_movements where scope = 'open' and basis = 'gross' and period_type = 'month' "
        "and period_start between date '2026-04-01' and date '2026-06-01' group by rep_name order by rep_name",
    )
    assert [tuple(int(v) for k, v in r.items() if k != "rep_name") for r in months] == [
        (-305, 170, 450, 95), (-490, 0, 800, 540),
    ]  # fmt: skip


def test_transfers_are_zero_in_total_and_closings_are_the_deals_that_stand(book: Database) -> None:
    """No money appears by handing a deal over, and the waterfall ends where the list of open deals does."""
    total = warehouse.found(
        book,
        "select sum(transferred_in_amount + transferred_out_amount) as moved, sum(closing_amount) as closing, "
        "sum(closing_deals) as deals from marts.pipeline_movements "
        "where scope = 'open' and basis = 'gross' and period_type = 'month' and period_start = date '2026-07-01'",
    )[0]
    standing = warehouse.found(book, "select sum(amount) as amount, count(*) as deals from marts.pipeline_current")[0]
    assert total["moved"] == 0
    assert (total["closing"], total["deals"]) == (standing["amount"], standing["deals"])
