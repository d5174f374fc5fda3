"""The property all incremental models live by: what a run adds up to does not depend on how the data came."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from attain import runs
from attain.runs import Run
from attain.settings import Database
from tests import books, databases, movements_reference, pipeline_reference, warehouse
from tests.databases import TestServer

BOOKS = 6
AS_OF = datetime(2027, 3, 1, tzinfo=UTC)
_NOT_COMPARED = {"touched_keys"}


def _land_round(database: Database, run: Run, every: list[books.Book]) -> None:
    """One landing per table and book; the books are told apart by their source account."""
    for book in every:
        for table, mode, rows in book.round():
            if rows:
                warehouse.land_rows(database, run, table, rows, mode, account=book.account)  # type: ignore[arg-type]


# Sums that fell to nothing stand until that is published; built anew they are not there.
_EMPTIED = {"pipeline_movement_sums": " where deals <> 0 or amount <> 0 or local_amount <> 0 or exact_amount <> 0"}


def _contents(database: Database) -> Iterator[tuple[str, list[str]]]:
    tables = warehouse.found(
        database,
        "select table_schema as schema, table_name as name, string_agg(quote_ident(column_name), ', ' "
        "order by ordinal_position) filter (where column_name not in ('_run_id', '_load_id')) as columns "
        "from information_schema.columns where table_schema in ('staging', 'core', 'marts') group by 1, 2 order by 1, 2",
    )
    for table in tables:
        if table["name"] in _NOT_COMPARED or table["name"].endswith("_moves"):
            continue
        query = f"select cast(row({table['columns']}) as text) as line from {table['schema']}.{table['name']}"
        query += _EMPTIED.get(table["name"], "")
        yield f"{table['schema']}.{table['name']}", sorted(row["line"] for row in warehouse.found(database, query))


def _differences(one: Database, other: Database) -> dict[str, tuple[Any, ...]]:
    """Tables that differ, each with a few rows that only one of the two has."""
    others = dict(_contents(other))
    found: dict[str, tuple[Any, ...]] = {}
    for name, lines in _contents(one):
        theirs = others[name]
        if lines != theirs:
            found[name] = (sorted(set(lines) - set(theirs))[:3], sorted(set(theirs) - set(lines))[:3])
    return found


@pytest.mark.timeout(900)
def test_incremental_runs_equal_a_full_refresh(server: TestServer, database: Database, tmp_path: Path) -> None:
    """Three rounds of changes to six books, one run of them failing half-way, against one rebuild of the whole.

    And the pipeline of any day, and every waterfall, is what the deals' states add up to one by one.
    """
    every = [books.Book(f"book{n}", n) for n in range(BOOKS)]
    run = runs.begin(database, "test", "first", "same")
    warehouse.land_company(database, run, tmp_path / "company", name="Books", time_zone="America/New_York")
    warehouse.land_rows(database, run, *_of(books.rates("2020-01-01", "2025-07-01")))
    _land_round(database, run, every)
    warehouse.mark_published(database, warehouse.build(database, run, tmp_path, AS_OF))

    run = runs.begin(database, "test", "fails", "same")
    assert not run.full_refresh
    _land_round(database, run, every)
    warehouse.build(database, run, tmp_path, AS_OF, stages=("staging", "core"))
    runs.fail(database, run, "on purpose")

    run = runs.begin(database, "test", "third", "same")
    warehouse.land_rows(database, run, *_of(books.rates("2020-01-01", "2025-08-01")))
    _land_round(database, run, every)
    warehouse.mark_published(database, warehouse.build(database, run, tmp_path, AS_OF))

    days = pipeline_reference.sampled(date(2025, 1, 1), AS_OF.date(), 23)
    published = pipeline_reference.as_published(database, days)
    assert len(published) > len(days)
    assert published == pipeline_reference.daily(database, days)

    reference = movements_reference.Reference(database, AS_OF.date())
    told = movements_reference.published(database)
    assert len({subject for *_, subject in told}) > BOOKS
    assert movements_reference.differences(told, reference.rows(sorted({key[2:4] for key in told}))) == []

    rebuilt = databases.clone(server, database)
    try:
        run = runs.begin(rebuilt, "test", "rebuild", "another")
        assert run.full_refresh
        warehouse.build(rebuilt, run, tmp_path, AS_OF)
        assert _differences(database, rebuilt) == {}
    finally:
        databases.drop(server, rebuilt)


def _of(landing: books.Landing) -> tuple[Any, Any]:
    table, _, rows = landing
    return table, rows
