"""What must not be left after a disturbed run and the run that followed it, and what the warehouse holds inside."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil
import sqlalchemy as sa

from attain import ops, postgres, raw
from attain.settings import Database, Settings
from extract.stage import load_of
from tests.killed.reading import APPLICATION

_PATIENCE = 5.0
# Of a landing: when, by which load and from which job, which differ from run to run.
_LANDING = ("_load_id", "_loaded_at", "_origin", "_replaced_at", "_replaced_by_load_id")


def inside(database: Database) -> dict[str, object]:
    """Per raw table and its versions a count and a hash of its rows; cursors; rows in quarantine."""
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        found: dict[str, object] = {
            name: _hashed(connection, name) for name in sa.inspect(connection).get_table_names(schema=raw.SCHEMA)
        }
        cursors = ops.cursors.c
        asked = sa.select(cursors.source, cursors.account, cursors.table_name, cursors.cursor)
        found["cursors"] = sorted(map(repr, connection.execute(asked)))
        aside = ops.quarantine.c
        open_rows = sa.select(aside.stage, aside.table_name, aside.account, aside.row_key, aside.rule, aside.value)
        found["quarantine"] = sorted(map(repr, connection.execute(open_rows.where(aside.resolved_at.is_(None)))))
    return found


def _hashed(connection: sa.Connection, name: str) -> tuple[int, str]:
    columns = [c["name"] for c in sa.inspect(connection).get_columns(name, schema=raw.SCHEMA)]
    kept = ", ".join(f'"{column}"' for column in columns if column not in _LANDING)
    # _deleted_at is the moment of the landing that missed the row.
    kept = kept.replace('"_deleted_at"', '"_deleted_at" is null')
    row = connection.exec_driver_sql(
        f'select count(*), coalesce(sum(hashtextextended(row({kept})::text, 0)), 0)::text from raw."{name}"'
    ).one()
    return int(row[0]), str(row[1])


def files(settings: Settings) -> frozenset[str]:
    """What stands in the home, with run numbers and the names of parts that are numbered left out."""
    places = (path.relative_to(settings.home) for path in settings.home.rglob("*") if path.is_file())
    # The server's own folder stands in the home when its user is not root.
    return frozenset(_place(place) for place in places if place.parts[0] != "server")


def _place(path: Path) -> str:
    parts = path.parts
    if parts[0] == "runs" and len(parts) > 2:
        return "/".join([*parts[:2], "N", *parts[3:4]])
    return "/".join(["airflow"] if parts[0] == "airflow" else parts)


def left_over(database: Database, settings: Settings, scratch: Path, own: Iterable[int]) -> list[str]:
    """What is left of runs once all have ended, each as a sentence."""
    return [
        *_until_nothing(lambda: [f"process {p}" for p in processes(settings, own)]),
        *_until_nothing(lambda: [f"session {s}" for s in sessions(database)]),
        *_half_done(database),
        *(f"temporary file {path.name}" for path in scratch.rglob("*")),
    ]


def processes(settings: Settings, own: Iterable[int] = ()) -> list[str]:
    """Processes that were started for this home, as their environment tells."""
    mine, found = set(own), []
    for process in psutil.process_iter():
        try:
            if process.pid in mine or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.environ().get("ATTAIN_HOME") == str(settings.home):
                found.append(f"{process.pid} {' '.join(process.cmdline())[-80:]}")
        except psutil.Error:
            continue
    return found


def sessions(database: Database) -> list[str]:
    """Sessions in the company's database that are not our own."""
    asked = sa.text(
        "select application_name || ' ' || state || ': ' || left(query, 60) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid() and application_name <> :reader "
        "and usename is not null"
    )
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        return list(connection.scalars(asked, {"reader": APPLICATION}))


def _half_done(database: Database) -> list[str]:
    asked = {
        "runs that still run": "select count(*) from ops.runs where state = 'running' or ended_at is null",
        "steps that still run": "select count(*) from ops.run_steps where state = 'running' or ended_at is null",
        "landed loads that are not published":
            "select count(*) from ops.loads where committed_at is not null and published_run_id is null",
        "a lease of another run than the last":
            "select count(*) from ops.lease where run_id is distinct from (select max(run_id) from ops.runs)",
        "a last run that is not published":
            "select count(*) from ops.runs where run_id = (select max(run_id) from ops.runs) and state <> 'published'",
    }  # fmt: skip
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        counted = {what: connection.scalar(sa.text(query)) for what, query in asked.items()}
        staging = [n for n in sa.inspect(connection).get_table_names(schema=raw.SCHEMA) if load_of(n) is not None]
    return [f"{what}: {count}" for what, count in counted.items() if count] + [f"raw.{name}" for name in staging]


def _until_nothing(look: Callable[[], list[str]]) -> list[str]:
    deadline = time.monotonic() + _PATIENCE
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found
