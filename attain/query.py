"""Queries as an analyst, shown as a table or as CSV."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from rich.table import Table
from rich.text import Text

from attain import migrate, terminal
from attain.commands import warehouse
from attain.errors import DatabaseError, SettingsError
from attain.postgres import engine, transaction
from attain.settings import Settings

LATEST_RUNS = (
    "select label, state, as_of, started_at, ended_at, error from reporting.load_runs order by run_id desc limit 20"
)
_SHOWN = 200


def show(known: Settings, query: str, output: str) -> None:
    """Run a statement as the analyst, who can read `reporting` and change nothing, and print what it returns.

    Raises:
        DatabaseError: PostgreSQL refused it; the message has its words.
    """
    if output not in ("table", "csv"):
        raise SettingsError(f"sql: --format is table or csv, not {output}. Nothing was read.")
    with warehouse(known), _asked(), transaction(engine(migrate.connect(known), "analyst")) as connection:
        connection.exec_driver_sql("set transaction read only")
        connection.exec_driver_sql("set local search_path to reporting")
        result = connection.execution_options(stream_results=True, no_parameters=True).exec_driver_sql(query)
        if not result.returns_rows:
            return
        if output == "csv":
            writer = csv.writer(sys.stdout)
            writer.writerow(result.keys())
            writer.writerows(result)
            return
        _print(result)


@contextmanager
def _asked() -> Iterator[None]:
    """A refusal of the caller's own statement, with what helps to mend it."""
    try:
        yield
    except DatabaseError as error:
        what = str(error).split(" The transaction left nothing.", 1)[0]
        raise DatabaseError(
            f"{what} Mend the statement; analysts read schema reporting and change nothing. Its tables: "
            "select table_name from information_schema.tables where table_schema = 'reporting'"
        ) from None


def _print(result: sa.CursorResult[object]) -> None:
    rows = result.fetchmany(_SHOWN + 1)
    table = Table(box=None, pad_edge=False)
    for name in list(result.keys()):
        table.add_column(Text(name), overflow="fold")
    for row in rows[:_SHOWN]:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    terminal.console.print(table)
    if len(rows) > _SHOWN:
        terminal.errors.print(f"The first {_SHOWN} rows; all of them with --format csv.")
