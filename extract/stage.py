"""The tables of one landing: where COPY writes, and what is decided about its rows. Unlogged, and gone after it."""

import re
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from attain.raw import SCHEMA, data_columns
from attain.table import Table
from extract.intake import ORIGIN

PREFIX = "_load_"
_NAME = re.compile(rf"{PREFIX}([0-9]+)(_plan|_rejects)?")


class Tid(sa.types.UserDefinedType[str]):
    """PostgreSQL's row address, stable for as long as no other transaction may write the table."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "tid"


@dataclass(frozen=True)
class Stage:
    """The staging table of one load, the plan of its merge, and the rows it set aside."""

    load_id: int
    rows: sa.Table
    plan: sa.Table
    rejects: sa.Table


def stage(table: Table, load_id: int) -> Stage:
    """The three tables of this load as SQLAlchemy knows them; nothing is made."""
    name = f"{PREFIX}{load_id}"
    rows = _unlogged(name, *data_columns(table), sa.Column(ORIGIN, sa.Text), address())
    plan = _unlogged(
        f"{name}_plan", sa.Column("row", Tid), sa.Column("target", Tid), sa.Column("kind", sa.Text, nullable=False)
    )
    texts = ("source_file", "row_key", "column_name", "value", "rule", "row")
    rejects = _unlogged(
        f"{name}_rejects",
        *(sa.Column(text, sa.Text) for text in texts),
        sa.Column("row_number", sa.BigInteger),
        address(),
    )
    return Stage(load_id, rows, plan, rejects)


def address() -> sa.Column[str]:
    """`ctid`: the row's address; in a table filled by one COPY it also is the order of arrival."""
    return sa.Column("ctid", Tid, system=True)


def changed_rows(connection: sa.Connection, statement: sa.Executable) -> int:
    """Execute; how many rows the statement wrote, which SQLAlchemy drops for INSERT unless asked."""
    return int(connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount)


def load_of(table_name: str) -> int | None:
    """Which load a table of schema raw was made for; None for any other table."""
    found = _NAME.fullmatch(table_name)
    return int(found[1]) if found else None


def _unlogged(name: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(name, sa.MetaData(schema=SCHEMA), *columns, prefixes=["UNLOGGED"])
