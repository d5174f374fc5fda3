"""What Arrow holds is what SELECT finds, for every type; and how rows are cut into pages does not matter."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attain import postgres
from attain.errors import UnreadableInput
from attain.runs import Run
from attain.settings import Database
from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE, Column, Table
from extract.intake import opened
from extract.land import land
from extract.source import Page
from tests.landing import DEALS, batch, deal, page, rows, standing

KINDS = {
    TEXT: st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    WHOLE: st.integers(-(2**63), 2**63 - 1),
    MONEY: st.decimals(-(10**14) + 1, 10**14 - 1, places=6, allow_nan=False),
    RATE: st.decimals(-(10**8) + 1, 10**8 - 1, places=9, allow_nan=False),
    DATE: st.dates(date(1, 1, 1), date(9999, 12, 31)),
    TIME: st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    FLAG: st.booleans(),
}
EVERY = Table(
    "files__every_type",
    (Column("id", WHOLE), *(Column(f"c{n}", kind) for n, kind in enumerate(KINDS))),
    ("id",),
)
a_row = st.tuples(*(st.none() | values for values in KINDS.values()))


@given(values=st.lists(a_row, min_size=1, max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_arrow_holds_is_what_select_finds(database: Database, run: Run, values: list[tuple[Any, ...]]) -> None:
    """Text, whole numbers, money, rates, dates, times and flags, nulls and extremes among them."""
    sent = [{"id": n} | {f"c{i}": value for i, value in enumerate(row)} for n, row in enumerate(values)]
    columns = pa.RecordBatch.from_pylist(sent, schema=EVERY.schema)
    again = columns.to_pylist()
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        connection.execute(sa.text("drop table if exists raw.files__every_type, raw.files__every_type__versions"))
    land(database, run, "files", batch(EVERY, [page(EVERY, again)]))
    found = [{name: row[name] for name in EVERY.schema.names} for row in standing(database, EVERY)]
    assert found == [row | {"c0": row["c0"].replace("\0", "") if row["c0"] else row["c0"]} for row in again]


@pytest.mark.parametrize(
    "number", ["0.000001", "-0.000001", "10000", "0.01", "99999999999999.999999", "100000000", "0"]
)
def test_decimals_that_adbc_once_wrote_wrongly(database: Database, run: Run, number: str) -> None:
    """Around the groups of four digits of PostgreSQL's own format (apache/arrow-adbc#3485)."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, number)])]))
    assert [row["amount"] for row in standing(database)] == [Decimal(number)]


@given(cuts=st.lists(st.integers(0, 12), max_size=6), data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_any_cut_into_pages_gives_the_same_table(
    database: Database, run: Run, cuts: list[int], data: st.DataObject
) -> None:
    """One page or many, some of them empty: the same rows stand, the same number is counted."""
    keys = data.draw(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), min_size=12, max_size=12))
    all_rows = [deal(key, str(n), day) for n, (key, day) in enumerate(keys)]
    edges = [0, *sorted(cuts), len(all_rows)]
    found = []
    for pages in ([all_rows], [all_rows[a:b] for a, b in pairwise(edges)]):
        with postgres.transaction(postgres.engine(database, "loader")) as connection:
            connection.execute(sa.text("drop table if exists raw.files__test_deals, raw.files__test_deals__versions"))
        landed = land(database, run, "files", batch(DEALS, [page(DEALS, rows) for rows in pages]))
        found.append((list(standing(database)), landed.inserted, landed.stale))
    assert found[0] == found[1]


def finer(kind: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(f.name, kind if f.name == "amount" else f.type) for f in DEALS.schema])


@pytest.mark.parametrize(
    ("number", "stands", "rounded"),
    [
        ("1.0000005", "1.000001", 1), ("-1.0000005", "-1.000001", 1), ("2.5000004999", "2.5", 1),
        ("2.500000", "2.5", 0), ("99999999999999.9999994", "99999999999999.999999", 1),
    ],
)  # fmt: skip
def test_finer_number_is_rounded_half_up_and_counted(
    database: Database, run: Run, number: str, stands: str, rounded: int
) -> None:
    """By us, before COPY, where ADBC would cut in silence."""
    row = deal(1) | {"amount": Decimal(number)}
    landed = land(database, run, "files", batch(DEALS, [page(DEALS, [row], schema=finer(pa.decimal128(38, 18)))]))
    assert [row["amount"] for row in standing(database)] == [Decimal(stands)]
    assert landed.rounded == rounded


@pytest.mark.parametrize("number", ["100000000000000", "-100000000000000", "99999999999999.9999996"])
def test_number_too_large_for_its_column_is_set_aside(database: Database, run: Run, number: str) -> None:
    """Its row alone, with the number as it came."""
    sent = [deal(1, number), deal(2)]
    made = batch(DEALS, [page(DEALS, sent, schema=finer(pa.decimal256(60, 18)))], max_rejected=0.5)
    landed = land(database, run, "files", made)
    assert (landed.inserted, landed.rejected) == (1, 1)
    assert rows(database, "select row_key, column_name, value::numeric, rule from ops.quarantine") == [
        ("d1", "amount", Decimal(number), "amount has at most 14 digits before the point")
    ]


def test_nul_characters_are_removed_and_counted(database: Database, run: Run) -> None:
    """PostgreSQL refuses them; what else the text held lands."""
    sent = [deal(1, contact_email="a\0b\0"), deal(2, contact_email="plain"), deal(3)]
    landed = land(database, run, "files", batch(DEALS, [page(DEALS, sent)]))
    assert [row["contact_email"] for row in standing(database)] == ["ab", "plain", None]
    assert landed.nul_removed == 1


def test_wrong_type_is_refused_with_both_types(database: Database, run: Run) -> None:
    """Floats are no money."""
    floats = pa.RecordBatch.from_pylist([{"id": 1}], schema=pa.schema([("id", pa.int64())]))
    table = Table("files__t", (Column("id", WHOLE), Column("amount", MONEY)), ("id",))
    wrong = floats.append_column("amount", pa.array([0.1]))
    with pytest.raises(UnreadableInput, match=r"files__t.amount: a page of deals.csv holds double where decimal128"):
        land(database, run, "files", batch(table, [Page(wrong)]))


def test_a_page_larger_than_a_block_is_streamed(database: Database, run: Run) -> None:
    """Blocks are slices; the rows of a large page arrive whole and in order."""
    many = [{"id": n} for n in range(70_000)]
    with opened(batch(EVERY, [page(EVERY, many)])) as intake:
        sizes = [block.num_rows for block in intake.reader()]
    assert sizes == [32_768, 32_768, 4_464]
    assert land(database, run, "files", batch(EVERY, [page(EVERY, many)])).inserted == 70_000
