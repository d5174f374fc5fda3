"""What an analyst can read: the tables and views of schema `reporting`, found at run time.

A company that brought only some of its data has only some of the columns filled, and an older database may lack a
table; so each question first asks whether what it needs is there. Everything is read in one repeatable-read
transaction: a page never mixes two publications.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from attain import postgres

SCHEMA = "reporting"

Query = sa.Select[*tuple[Any, ...]]
Row = sa.Row[*tuple[Any, ...]]


class Reporting:
    """The `reporting` schema as one connection sees it.

    Args:
        connection: of a role that may read `reporting`; nothing else is read, nothing is written.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._tables = _tables(connection)

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table is published with all these columns."""
        found = self._tables.get(table)
        return found is not None and all(column in found.c for column in columns)

    def table(self, name: str) -> sa.TableClause:
        """The table with the columns it really has; KeyError when it is not published."""
        return self._tables[name]

    def rows(self, statement: Query) -> Sequence[Row]:
        """All rows of the statement."""
        return self._connection.execute(statement).all()

    def one(self, statement: Query) -> Row | None:
        """The first row of the statement, or None."""
        return self._connection.execute(statement.limit(1)).first()

    def count(self, table: str) -> int:
        """How many rows the table holds."""
        return int(self._connection.execute(sa.select(sa.func.count()).select_from(self.table(table))).scalar_one())

    @property
    def names(self) -> list[str]:
        """All tables and views published, by name."""
        return sorted(self._tables)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Reporting]:
    """One consistent view of `reporting`: all statements see the same publication.

    Raises:
        DatabaseError: the database refused a statement or went away.
    """
    with postgres.transaction(engine.execution_options(isolation_level="REPEATABLE READ")) as connection:
        yield Reporting(connection)


def _tables(connection: sa.Connection) -> dict[str, sa.TableClause]:
    columns = sa.table(
        "columns",
        *(sa.column(name) for name in ("table_schema", "table_name", "column_name", "ordinal_position")),
        schema="information_schema",
    )
    found: dict[str, list[str]] = {}
    statement = (
        sa.select(columns.c.table_name, columns.c.column_name)
        .where(columns.c.table_schema == SCHEMA)
        .order_by(columns.c.table_name, columns.c.ordinal_position)
    )
    for table, column in connection.execute(statement):
        found.setdefault(table, []).append(column)
    return {table: sa.table(table, *map(sa.column, names), schema=SCHEMA) for table, names in found.items()}
