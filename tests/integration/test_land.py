"""Landing as its callers see it: what stands in raw, what was replaced, what was set aside, what is counted."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from attain import postgres, runs
from attain.errors import LeaseLost, SourceUnavailable, TooManyRejected, UnreadableInput
from attain.runs import Run
from attain.settings import Database
from attain.table import TEXT, Column, Table
from extract.land import Landed, cursors, extract, land
from extract.source import Batch, Cursors, Page
from tests.landing import DEALS, LINES, batch, deal, page, rows, standing


def counts(landed: Landed) -> tuple[int, ...]:
    assert landed.rows_in == (landed.inserted + landed.updated + landed.unchanged + landed.stale + landed.rejected)
    return (landed.inserted, landed.updated, landed.unchanged, landed.stale, landed.deleted, landed.rejected)


def test_rerun_lands_nothing_new(database: Database, run: Run) -> None:
    """The same rows again change no row, no load id and no version."""
    once = [deal(n) for n in range(5)]
    first = land(database, run, "files", batch(DEALS, [page(DEALS, once)]))
    again = land(database, run, "files", batch(DEALS, [page(DEALS, once)]))
    assert counts(first) == (5, 0, 0, 0, 0, 0)
    assert counts(again) == (0, 0, 5, 0, 0, 0)
    assert rows(database, "select distinct _load_id from raw.files__test_deals") == [(first.load_id,)]
    assert rows(database, "select count(*) from raw.files__test_deals__versions") == [(0,)]


def test_older_version_never_overwrites_newer(database: Database, run: Run) -> None:
    """A late page with an older version is counted and leaves the newer row alone."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, "200", day=20)])]))
    late = land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, "150", day=10)])]))
    assert counts(late) == (0, 0, 0, 1, 0, 0)
    assert [row["amount"] for row in standing(database)] == [Decimal(200)]


def test_same_version_with_other_content_is_taken(database: Database, run: Run) -> None:
    """A formula field may change without the modification time; the row that came last counts."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, "200")])]))
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, "250")])]))
    assert [row["amount"] for row in standing(database)] == [Decimal(250)]


def test_replaced_versions_are_kept(database: Database, run: Run) -> None:
    """Every state a row ever had stands in raw or among its versions, with who replaced it."""
    loads = [
        land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, amount, day)])]))
        for day, amount in enumerate(("100", "120", "90"), start=1)
    ]
    versions = rows(
        database,
        "select amount, _load_id, _replaced_by_load_id from raw.files__test_deals__versions order by _replaced_at",
    )
    assert versions == [
        (Decimal(100), loads[0].load_id, loads[1].load_id),
        (Decimal(120), loads[1].load_id, loads[2].load_id),
    ]


def test_clearing_a_value_is_a_change(database: Database, run: Run) -> None:
    """Null means cleared, not "no news"."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, owner_id="ann")])]))
    cleared = land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, day=2)])]))
    assert counts(cleared) == (0, 1, 0, 0, 0, 0)
    assert [row["owner_id"] for row in standing(database)] == [None]


@pytest.mark.parametrize("already", [0, 1])
def test_of_a_repeated_key_the_newest_version_wins(database: Database, run: Run, already: int) -> None:
    """Whatever their order in the batch; the others are counted, not lost silently."""
    if already:
        land(database, run, "files", batch(DEALS, [page(DEALS, [deal(7)])]))
    mixed = [deal(1, "1", day=3), deal(1, "2", day=9), deal(2), deal(1, "3", day=5)]
    landed = land(database, run, "files", batch(DEALS, [page(DEALS, mixed[:2]), page(DEALS, mixed[2:])]))
    assert counts(landed) == (2, 0, 0, 2, 0, 0)
    assert {row["deal_id"]: row["amount"] for row in standing(database)}["d1"] == Decimal(2)


def test_without_a_version_the_last_row_wins(database: Database, run: Run) -> None:
    """Rows of one key without a version count in the order in which they came."""
    lines = [{"deal_id": "d", "line": 1, "note": note} for note in ("first", "second", "last")]
    landed = land(database, run, "files", batch(LINES, [page(LINES, lines)]))
    assert counts(landed) == (1, 0, 0, 2, 0, 0)
    assert [row["note"] for row in standing(database, LINES)] == ["last"]


def test_accounts_do_not_touch_each_other(database: Database, run: Run) -> None:
    """Two orgs may use the same id; a full load of one deletes nothing of the other."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, "1"), deal(2)])]))
    other = Batch(DEALS, "other", "full", "deals.csv", iter([page(DEALS, [deal(1, "5")])]))
    assert counts(land(database, run, "files", other)) == (1, 0, 0, 0, 0, 0)
    assert rows(database, "select count(*) from raw.files__test_deals where _deleted_at is null") == [(3,)]


def test_full_load_marks_what_is_missing_and_clears_what_returns(database: Database, run: Run) -> None:
    """A deletion is a mark with the load's number; a row that returns is alive, its dead version kept."""
    everything = [deal(n) for n in range(10)]
    land(database, run, "files", batch(DEALS, [page(DEALS, everything)], "full"))
    cut = land(database, run, "files", batch(DEALS, [page(DEALS, everything[:8])], "full"))
    assert counts(cut) == (0, 0, 8, 0, 2, 0)
    dead = "select deal_id, _load_id from raw.files__test_deals where _deleted_at is not null order by 1"
    assert rows(database, dead) == [("d8", cut.load_id), ("d9", cut.load_id)]
    back = land(database, run, "files", batch(DEALS, [page(DEALS, everything)], "full"))
    assert counts(back) == (2, 0, 8, 0, 0, 0)
    assert rows(database, dead) == []
    assert rows(database, "select count(*) from raw.files__test_deals__versions where _deleted_at is not null") == [
        (2,)
    ]


def test_missing_rows_above_the_limit_stop_the_load(database: Database, run: Run) -> None:
    """More than a fifth gone looks like half a file: nothing lands, and the message names some of them."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(n) for n in range(10)])], "full"))
    with pytest.raises(UnreadableInput, match=r"3 of 10 rows are missing from deals.csv \(30%, allowed 20%\)"):
        land(database, run, "files", batch(DEALS, [page(DEALS, [deal(n, "7", 2) for n in range(7)])], "full"))
    assert {row["amount"] for row in standing(database)} == {Decimal(100)}
    assert not any(row["_deleted_at"] for row in standing(database))


def test_empty_full_load_is_stopped(database: Database, run: Run) -> None:
    """An empty file is not the deletion of everything."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1)])], "full"))
    with pytest.raises(UnreadableInput, match="1 of 1 rows"):
        land(database, run, "files", batch(DEALS, [], "full"))


@pytest.mark.parametrize("mode", ["upsert", "append"])
def test_other_modes_delete_nothing(database: Database, run: Run, mode: Any) -> None:
    """A row that is not in this batch may be in another."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(n) for n in range(5)])], mode))
    assert counts(land(database, run, "files", batch(DEALS, [page(DEALS, [deal(9)])], mode))) == (1, 0, 0, 0, 0, 0)
    assert not any(row["_deleted_at"] for row in standing(database))


def test_cursor_and_clock_are_stored_with_the_rows(database: Database, run: Run) -> None:
    """The next extraction is told where this one ended; a batch without a cursor leaves it."""
    until = deal(1)["updated_at"]
    land(database, run, "crm", batch(DEALS, [page(DEALS, [])], cursor={"after": "x"}, extracted_until=until))
    land(database, run, "crm", batch(DEALS, [page(DEALS, [])]))
    assert cursors(database, "crm", "files").of(DEALS) == {"after": "x"}
    assert cursors(database, "crm", "elsewhere").of(DEALS) == {}
    assert rows(database, "select extracted_until from ops.loads order by load_id limit 1") == [(until,)]


def test_new_columns_are_added_and_recorded(database: Database, run: Run) -> None:
    """A custom field appears with its own load; what landed before has no value in it."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1), deal(2)])]))
    wider = DEALS.with_columns([Column('Weird "name" %s; --', TEXT)])
    landed = land(database, run, "files", batch(wider, [page(wider, [deal(1) | {'Weird "name" %s; --': "x"}])]))
    assert counts(landed) == (0, 1, 0, 0, 0, 0)
    assert [row['Weird "name" %s; --'] for row in standing(database)] == ["x", None]
    assert rows(database, "select table_name, column_name, load_id from ops.schema_changes") == [
        (DEALS.name, 'Weird "name" %s; --', landed.load_id)
    ]


def test_column_the_source_lost_keeps_its_versions(database: Database, run: Run) -> None:
    """A field that the source no longer has stays as it was, also in the version that is replaced."""
    wider = DEALS.with_columns([Column("extra", TEXT)])
    land(database, run, "files", batch(wider, [page(wider, [deal(1) | {"extra": "kept"}])]))
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, "5", 2)])]))
    assert [row["extra"] for row in standing(database)] == ["kept"]
    assert rows(database, "select extra from raw.files__test_deals__versions") == [("kept",)]


def test_column_of_another_type_is_refused(database: Database, run: Run) -> None:
    """A changed type is never converted in silence."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1)])]))
    changed = Table(
        DEALS.name, tuple(Column("lines", TEXT) if c.name == "lines" else c for c in DEALS.columns), ("deal_id",)
    )
    with pytest.raises(UnreadableInput, match="column lines is BIGINT in the warehouse and TEXT in the source"):
        land(database, run, "files", batch(changed, [page(changed, [deal(1)])]))


def test_run_that_was_taken_over_lands_nothing(database: Database, run: Run) -> None:
    """The lease is checked by each writing transaction, also by one that began before the takeover."""

    def pages() -> Iterator[Page]:
        yield page(DEALS, [deal(1)])
        runs.begin(database, "test", "another", "fingerprint")

    with pytest.raises(LeaseLost):
        land(database, run, "files", batch(DEALS, pages()))
    with pytest.raises(LeaseLost):
        land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1)])]))
    assert rows(database, "select count(*) from ops.loads where committed_at is not null") == [(0,)]
    assert rows(database, "select to_regclass('raw.files__test_deals')") == [(None,)]


def test_error_of_a_page_comes_out_as_itself(database: Database, run: Run) -> None:
    """A source that fails on its second page is retried as its own error says; nothing of the batch landed."""

    def pages() -> Iterator[Page]:
        yield page(DEALS, [deal(1)])
        raise SourceUnavailable("deals: page 2 timed out")

    with pytest.raises(SourceUnavailable, match="page 2 timed out"):
        land(database, run, "files", batch(DEALS, pages()))
    assert rows(database, "select tablename from pg_tables where schemaname = 'raw' and tablename ~ '^_load'") == []


def test_page_with_other_columns_is_refused(database: Database, run: Run) -> None:
    """A page must hold what its table declares; what it lacks is named."""
    narrow = pa.schema([field for field in DEALS.schema if field.name != "amount"])
    with pytest.raises(UnreadableInput, match=r"a page of deals.csv lacks amount"):
        land(database, run, "files", batch(DEALS, [page(DEALS, [], schema=narrow)]))


def test_extract_lands_batch_after_batch_and_resumes(database: Database, run: Run) -> None:
    """What landed before an error is not asked for again: the source is given its cursor."""
    source = _Pages()
    told: list[str] = []
    with pytest.raises(SourceUnavailable):
        extract(database, run, source, 2, "files", told.append)
    assert len(told) == 2
    assert [landed.inserted for landed in extract(database, run, source, 9, "files")] == [1, 1]
    assert [row["deal_id"] for row in standing(database)] == ["d0", "d1", "d2", "d3"]


class _Pages:
    """A source of four one-row batches that times out after as many as its settings say."""

    name = "paged"
    tables = (DEALS,)

    def settings(self, *_: object) -> int:
        return 4

    def batches(self, settings: int, account: str, cursors: Cursors) -> Iterator[Batch]:
        for number in range(cursors.of(DEALS).get("next", 0), 4):
            if number == settings:
                raise SourceUnavailable("paged: no answer")
            rows_of_page = iter([page(DEALS, [deal(number)])])
            yield Batch(DEALS, account, "upsert", f"page {number}", rows_of_page, cursor={"next": number + 1})


def test_rows_land_as_the_loader_alone_may_write(database: Database, run: Run) -> None:
    """The models' role reads what landing made and cannot change it."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1)])]))
    with postgres.transaction(postgres.engine(database, "transformer")) as connection:
        assert connection.scalar(sa.text("select count(*) from raw.files__test_deals")) == 1
    with (
        pytest.raises(Exception, match="permission denied"),
        postgres.transaction(postgres.engine(database, "transformer")) as connection,
    ):
        connection.execute(sa.text("delete from raw.files__test_deals"))


def test_too_many_rejected_is_told_before_anything_is_written(database: Database, run: Run) -> None:
    """Parsing alone can break the limit."""
    aside = [
        {"source_file": "deals.csv", "row_number": n, "column_name": "amount", "rule": "not a number"} for n in range(9)
    ]
    with pytest.raises(TooManyRejected, match=r"9 of 10 rows of deals.csv .* amount: not a number \(9\)"):
        land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1)], aside)]))
    assert rows(database, "select count(*) from ops.quarantine") == [(0,)]
