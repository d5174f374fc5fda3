"""What tests of the models share: rows landed as templates, runs of dbt, and what stands in the marts."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from attain import ops, postgres, runs, transform
from attain.runs import Run
from attain.settings import Database
from attain.table import Table
from extract import company, company_folder, land
from extract.source import Batch, Mode, Page
from tests import databases
from tests.databases import TestServer

Row = Mapping[str, Any]

STAGES = ("staging", "core", "marts")
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)


@contextmanager
def opened(server: TestServer, template: Database) -> Iterator[tuple[Database, Run]]:
    """A database and a first run for all tests of a module: a build is dear, looking at it is not."""
    database = databases.clone(server, template)
    try:
        yield database, runs.begin(database, "test", "pytest", "fingerprint")
    finally:
        databases.drop(server, database)


def land_rows(
    database: Database, run: Run, table: Table, rows: Iterable[Row], mode: Mode = "upsert", account: str = "files",
    extracted_until: datetime | None = None,
) -> None:  # fmt: skip
    """Land rows of a table; references without an account of their own point into the same account."""
    page = Page(pa.RecordBatch.from_pylist([dict(row) for row in rows], schema=table.schema))
    batch = Batch(table, account, mode, "test", iter([page]), extracted_until=extracted_until)
    land.land(database, run, table.source, batch)


def land_company(database: Database, run: Run, folder: Path, **settings: Any) -> None:
    """Land a company's folder with the given company.yml."""
    folder.mkdir(exist_ok=True)
    (folder / "company.yml").write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
    cursors = land.cursors(database, "company", "company")
    for batch in company_folder.CompanySource().batches(company.CompanySettings(folder), "company", cursors):
        land.land(database, run, "company", batch)


def build(
    database: Database, run: Run, folder: Path, as_of: datetime | None = None, stages: Iterable[str] = STAGES
) -> Run:
    """Build the stages as a run does, all of them by one invocation of dbt; the run with its clock."""
    timed = runs.set_as_of(database, run, as_of or AS_OF)
    for stage in ("",) if tuple(stages) == STAGES else stages:
        transform.transform(database, timed, stage, folder / "runs" / str(run.run_id), lambda _: None)
    return timed


def mark_published(database: Database, run: Run) -> None:
    """What publishing records, without carrying anything over."""
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        connection.execute(
            ops.loads.update().where(ops.loads.c.published_run_id.is_(None)).values(published_run_id=run.run_id)
        )
        done = {"state": "published", "published_at": sa.func.clock_timestamp()}
        connection.execute(ops.runs.update().where(ops.runs.c.run_id == run.run_id).values(**done))


def found(database: Database, query: str) -> list[dict[str, Any]]:
    """Rows of a query over the models."""
    with postgres.transaction(postgres.engine(database, "validator")) as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]
