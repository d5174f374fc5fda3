"""Queries as an analyst, shown as a table or as CSV."""

import csv
import sys

import sqlalchemy as sa
from rich.table import Table
from rich.text import Text

from attain import migrate, terminal
from attain.commands import warehouse
from attain.errors import SettingsError
from attain.postgres import engine, transaction
from attain.settings import Settings

LATEST_RUNS = (
    "select label, state, as_of, started_at, ended_at, error from reporting.runs order by run_id desc limit 20"
)
_SHOWN = 200


def show(known: Settings, query: str, output: str) -> None:
    """Run a statement as the analyst, who can read `reporting` and change nothing, and print what it returns.

    Raises:
        DatabaseError: PostgreSQL refused it; the message has its words.
    """
    if output not in ("table", "csv"):
        raise SettingsError(f"sql: --format is table or csv, not {output}. Nothing was read.")
    with warehouse(known), transaction(engine(migrate.connect(known), "analyst")) as connection:
        connection.exec_driver_sql("set transaction read only")
        connection.exec_driver_sql("set local search_path to reporting")
        result = connection.execution_options(stream_results=True).exec_driver_sql(query)
        if not result.returns_rows:
            return
        if output == "csv":
            writer = csv.writer(sys.stdout)
            writer.writerow(result.keys())
            writer.writerows(result)
            return
        _print(result)


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
