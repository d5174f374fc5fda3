"""Rows set aside at landing: where they stand, what is said of them, and how they come back."""

import json
from collections.abc import Sequence

import pytest

from attain.errors import TooManyRejected
from attain.runs import Run
from attain.settings import Database
from extract.land import Landed, land
from tests.landing import DEALS, LINES, Row, batch, deal, page, rows, standing

OPEN = (
    "select row_key, source_file, row_number, column_name, value, rule from ops.quarantine "
    "where resolved_at is null order by row_number"
)


def put(database: Database, run: Run, good: list[Row], rejected: Sequence[Row] = (), mode: str = "full") -> Landed:
    made = batch(DEALS, [page(DEALS, good, rejected)], mode, max_rejected=0.6)  # type: ignore[arg-type]
    return land(database, run, "files", made)


def test_rule_breakers_stand_with_file_row_column_value_and_rule(database: Database, run: Run) -> None:
    """Each row once, under the first rule it breaks; the good ones land."""
    landed = put(
        database,
        run,
        [deal(0), deal(1, rate=101), deal(2, amount="1", owner_id="eve", rate=-1), deal(3) | {"amount": None}, deal(4)],
    )
    assert (landed.inserted, landed.rejected) == (2, 3)
    assert rows(database, OPEN) == [
        ("d1", "deals.csv", 3, "rate", "101.000000000", "rate is between 0 and 100"),
        ("d2", "deals.csv", 4, "rate", "-1.000000000", "rate is between 0 and 100"),
        ("d3", "deals.csv", 5, "amount", None, "amount is present"),
    ]
    kept = rows(database, "select \"row\" from ops.quarantine where row_key = 'd2'")[0][0]
    assert (kept["owner_id"], kept["amount"]) == ("eve", 1)
    assert "_origin" not in kept


def test_parsing_rejects_stand_beside_them(database: Database, run: Run) -> None:
    """What could not be typed is kept as it came, NUL characters apart, and counted with the others."""
    aside = {
        "source_file": "deals.csv", "row_number": 9, "row_key": None, "column_name": "amount", "value": "12\0,x",
        "rule": "amount is a number", "row": json.dumps({"amount": "12\0,x", "deal_id": ""}),
    }  # fmt: skip
    landed = put(database, run, [deal(0), deal(1)], [aside])
    assert (landed.rows_in, landed.inserted, landed.rejected) == (3, 2, 1)
    assert rows(database, OPEN) == [(None, "deals.csv", 9, "amount", "12,x", "amount is a number")]
    assert rows(database, 'select "row" from ops.quarantine') == [({"amount": "12,x", "deal_id": ""},)]


@pytest.mark.parametrize("text", ['{"broken', '{"a": "\\ud800"}', "[1, 2]", '"\\u0000"', "nan", '{"a": 1e999}'])
def test_row_that_is_no_json_is_kept_as_text(database: Database, run: Run, text: str) -> None:
    """Whatever a file held, setting it aside never fails."""
    aside = {"source_file": "f", "row_number": 1, "column_name": "amount", "rule": "a rule", "row": text}
    assert put(database, run, [deal(0)], [aside]).rejected == 1


def test_row_returns_by_itself_once_it_is_good(database: Database, run: Run) -> None:
    """A mended row lands, and its entry says when and by which run it returned."""
    put(database, run, [deal(0), deal(1, rate=101)])
    landed = put(database, run, [deal(0), deal(1, rate=10)])
    assert (landed.inserted, landed.unchanged) == (1, 1)
    resolved = "select resolution, resolved_run_id, resolved_at is not null from ops.quarantine"
    assert rows(database, resolved) == [("returned", run.run_id, True)]


def test_row_still_broken_is_one_entry(database: Database, run: Run) -> None:
    """The entry is not repeated; it says what the latest load says."""
    put(database, run, [deal(0), deal(1, rate=101)])
    put(database, run, [deal(0), deal(1, rate=10, owner_id="eve")])
    assert rows(database, OPEN) == [("d1", "deals.csv", 3, "owner_id", "eve", "owner_id is one of ann, ben")]
    assert rows(database, "select count(*) from ops.quarantine") == [(1,)]


def test_broken_row_that_left_the_file_is_discarded(database: Database, run: Run) -> None:
    """With a full load, what is gone from the file waits no longer; with an upsert it does."""
    put(database, run, [deal(0), deal(1, rate=101)])
    put(database, run, [deal(0)], mode="upsert")
    assert len(rows(database, OPEN)) == 1
    put(database, run, [deal(0)])
    assert rows(database, "select resolution from ops.quarantine") == [("discarded",)]


def test_good_row_that_comes_back_broken_stands_as_it_was(database: Database, run: Run) -> None:
    """It is set aside, not taken for deleted."""
    put(database, run, [deal(0), deal(1)])
    landed = put(database, run, [deal(0), deal(1, rate=101)])
    assert (landed.deleted, landed.rejected, landed.unchanged) == (0, 1, 1)
    assert [row["_deleted_at"] for row in standing(database)] == [None, None]


def test_rows_of_one_key_that_are_all_broken_are_one_entry(database: Database, run: Run) -> None:
    """Entries are per row of the source; a repeated key takes the last."""
    landed = put(database, run, [deal(0), deal(3), deal(1, rate=101), deal(1, rate=102)])
    assert landed.rejected == 2
    assert [value for *_, value, _ in rows(database, OPEN)] == ["102.000000000"]


def test_rows_without_any_identity_are_all_kept(database: Database, run: Run) -> None:
    """No key, no row number: each stands for itself."""
    aside = [{"column_name": "amount", "rule": "a rule", "value": str(n)} for n in range(2)]
    put(database, run, [deal(0), deal(3)], aside)
    assert len(rows(database, OPEN)) == 2


def test_over_the_limit_nothing_lands(database: Database, run: Run) -> None:
    """The message says how many, of what, broken how; no value of the rows."""
    broken = [deal(n, rate=101, contact_email="secret@example.org") for n in range(3)]
    with pytest.raises(TooManyRejected) as stopped:
        land(database, run, "files", batch(DEALS, [page(DEALS, [*broken, deal(9)])]))
    assert "3 of 4 rows of deals.csv cannot be used (75.0%, allowed 5.0%)" in str(stopped.value)
    assert "rate: rate is between 0 and 100 (3)" in str(stopped.value)
    assert "secret" not in str(stopped.value)
    assert rows(database, "select to_regclass('raw.files__test_deals')") == [(None,)]
    assert rows(database, "select count(*) from ops.quarantine") == [(0,)]


def test_part_of_a_key_missing_is_set_aside(database: Database, run: Run) -> None:
    """A key column needs a value whether or not it is declared required."""
    made = batch(LINES, [page(LINES, [{"deal_id": "a", "line": None}, {"deal_id": "a", "line": 1}])], max_rejected=0.5)
    landed = land(database, run, "files", made)
    assert (landed.inserted, landed.rejected) == (1, 1)
    assert rows(database, OPEN) == [(None, "deals.csv", None, "line", None, "line is present")]
