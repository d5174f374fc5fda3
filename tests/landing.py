"""What tests of the landing share: a table of every type, pages from plain rows, and what stands in raw."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from attain import postgres
from attain.rules import Between, OneOf
from attain.settings import Database
from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE, Column, Table
from extract.source import REJECTED, Batch, Mode, Page

Row = Mapping[str, Any]

DEALS = Table(
    "files__test_deals",
    (
        Column("deal_id", TEXT, required=True),
        Column("owner_id", TEXT, refers_to="reps"),
        Column("contact_email", TEXT, personal=True),
        Column("amount", MONEY, required=True),
        Column("rate", RATE),
        Column("lines", WHOLE),
        Column("close_date", DATE),
        Column("is_won", FLAG),
        Column("updated_at", TIME),
    ),
    ("deal_id",),
    "updated_at",
    rules=(Between("rate", 0, 100), OneOf("owner_id", ("ann", "ben"))),
)
LINES = Table(
    "files__test_lines", (Column("deal_id", TEXT), Column("line", WHOLE), Column("note", TEXT)), ("deal_id", "line")
)


def moment(day: int, month: int = 1) -> datetime:
    """A day of 2026."""
    return datetime(2026, month, day, tzinfo=UTC)


def deal(number: int, amount: str = "100", day: int = 1, **more: Any) -> dict[str, Any]:
    """A row of DEALS, as from row `number + 2` of deals.csv."""
    row = {"deal_id": f"d{number}", "amount": Decimal(amount), "updated_at": moment(day)}
    return row | {"_origin": f"deals.csv:{number + 2}"} | more


def page(table: Table, rows: Sequence[Row], rejected: Sequence[Row] = (), schema: pa.Schema | None = None) -> Page:
    """One page; `schema` overrides the table's, to hand in other types than declared."""
    shape = schema or table.schema.append(pa.field("_origin", TEXT))
    aside = pa.RecordBatch.from_pylist(list(rejected), schema=REJECTED) if rejected else None
    return Page(pa.RecordBatch.from_pylist(list(rows), schema=shape), aside)


def batch(table: Table, pages: Iterable[Page], mode: Mode = "upsert", **more: Any) -> Batch:
    """A batch of account `files` from deals.csv."""
    return Batch(table, "files", mode, "deals.csv", iter(pages), **more)


def rows(database: Database, query: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a query by the loader finds."""
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        return [tuple(row) for row in connection.execute(sa.text(query), values)]


def standing(database: Database, table: Table = DEALS) -> Iterator[dict[str, Any]]:
    """The rows of a raw table as they stand, without when and by which load, by key."""
    query = f"select * from raw.{table.name} order by {', '.join(table.key)}"
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        found = connection.execute(sa.text(query)).mappings().all()
    for row in found:
        yield {name: value for name, value in row.items() if name not in ("_load_id", "_loaded_at")}
