"""What is compared, each as its own process: `python -m bench.contenders NAME ...` prints its seconds as JSON.

A process does one thing, so that its peak memory is that thing's.
"""

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import sqlalchemy as sa

from attain import postgres, runs
from attain.raw import SCHEMA, ensure_table
from attain.runs import Run
from attain.settings import Database, Login
from bench.data import TABLE, pages
from extract import intake, land
from extract.merge import merge
from extract.source import Batch
from extract.stage import Stage, stage

_PEER_LOAD = 0  # the peer's staging tables carry this number


def copy_by_landing(database: Database, run: Run, file: Path) -> None:
    """The landing's own COPY alone: file -> Arrow -> staging table."""
    batch = _batch(file)
    opened = land._open(postgres.engine(database, "loader"), run, "bench", batch)  # noqa: SLF001 - half of a landing
    with intake.opened(batch) as taken:
        land._copy(database, opened, taken)  # noqa: SLF001


def copy_by_psql(database: Database, _: Run, file: Path) -> None:
    """psql's \\copy of the file into the same kind of table."""
    _psql_copy(database, _made(database), file)


def merge_by_landing(database: Database, run: Run, file: Path) -> None:
    """A whole landing, counts, quarantine and cursor included."""
    land.land(database, run, "bench", _batch(file))


def merge_by_psql(database: Database, _: Run, file: Path) -> None:
    """psql's \\copy, then the very statements of the landing's merge."""
    staged = _made(database)
    _psql_copy(database, staged, file)
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        connection.execute(sa.text("set local work_mem = '64MB'"))
        ensure_table(connection, TABLE)
        merge(connection, TABLE, staged, _batch(file))


def append_by_dlt(database: Database, _: Run, file: Path) -> None:
    """dlt from Arrow by parquet, rows appended."""
    _dlt(database, file, "append")


def merge_by_dlt(database: Database, _: Run, file: Path) -> None:
    """dlt from Arrow by parquet, merged by key."""
    _dlt(database, file, "merge")


CONTENDERS: dict[str, Callable[[Database, Run, Path], None]] = {
    f.__name__: f for f in (copy_by_landing, copy_by_psql, merge_by_landing, merge_by_psql, append_by_dlt, merge_by_dlt)
}


def _batch(file: Path) -> Batch:
    return Batch(TABLE, "bench", "upsert", file.name, pages(file))


def _made(database: Database) -> Stage:
    made = stage(TABLE, _PEER_LOAD)
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        for table in (made.rows, made.plan, made.rejects):
            connection.execute(sa.schema.DropTable(table, if_exists=True))
        made.rows.create(connection)
    return made


def _psql_copy(database: Database, staged: Stage, file: Path) -> None:
    columns = ", ".join(f'"{name}"' for name in TABLE.schema.names)
    command = f"\\copy {SCHEMA}.{staged.rows.name} ({columns}) from '{file}' with (format csv, header)"
    psql = os.environ.get("BENCH_PSQL", "psql")
    subprocess.run([psql, "-qX", "-v", "ON_ERROR_STOP=1", "-c", command, database.libpq_uri("loader")], check=True)


def _dlt(database: Database, file: Path, how: Literal["append", "merge"]) -> None:
    import dlt

    def rows() -> Iterator[pa.Table]:
        for page in pages(file):
            yield pa.Table.from_batches([page.rows])

    destination = dlt.destinations.postgres(database.libpq_uri("owner"))
    folder = os.environ["BENCH_DLT_FOLDER"]
    pipeline = dlt.pipeline("bench", folder, destination=destination, dataset_name="dlt")
    resource = dlt.resource(rows(), name="deals", primary_key="id", write_disposition=how)
    pipeline.run(resource, loader_file_format="parquet").raise_on_failed_jobs()


def _described(text: str) -> tuple[Database, Run]:
    told: dict[str, Any] = json.loads(text)
    logins = {role: Login(user, password) for role, (user, password) in told["logins"].items()}
    return Database(told["host"], told["port"], told["name"], logins), Run(told["run"], "", told["token"], None, False)


def describe(database: Database, run: runs.Run) -> str:
    """What a contender's process is told on its standard input."""
    logins = {role: (login.user, login.password) for role, login in database.logins.items()}
    told = {"host": database.host, "port": database.port, "name": database.name, "logins": logins}
    return json.dumps(told | {"run": run.run_id, "token": run.token})


def main() -> None:
    """Run one contender; imports and connections to come are not part of its seconds."""
    contender, file = CONTENDERS[sys.argv[1]], Path(sys.argv[2])
    database, run = _described(sys.stdin.read())
    importlib.import_module("dlt" if "dlt" in sys.argv[1] else "adbc_driver_postgresql.dbapi")
    started = time.perf_counter()
    contender(database, run, file)
    print(json.dumps(time.perf_counter() - started))


if __name__ == "__main__":
    main()
