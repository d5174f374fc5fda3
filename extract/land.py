"""The one way into raw: a batch's pages by COPY into a staging table, then one transaction.

Killed at any moment, a batch is in raw with its counts and its cursor, or no trace of it is.
"""

import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from attain import ops
from attain.errors import AttainError, DatabaseError
from attain.postgres import adbc, engine, transaction
from attain.raw import SCHEMA, ensure_table
from attain.runs import Run, check_lease
from attain.settings import Database
from extract import intake, quarantine
from extract.intake import Intake
from extract.merge import Merged, merge
from extract.source import Batch, Cursors, Source, Told
from extract.stage import Stage, load_of, stage

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Landed:
    """One landing: rows_in = inserted + updated + unchanged + stale + rejected; deleted comes on top.

    Args:
        stale: rows older than the one that stands, or repeated within the batch.
        rounded: numbers finer than their column, rounded half up.
        nul_removed: text values that held NUL characters, which were removed.
    """

    load_id: int
    table: str
    part: str
    rows_in: int
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    rejected: int
    stale: int
    seconds: float
    rounded: int = 0
    nul_removed: int = 0

    def __str__(self) -> str:
        told = {
            "new": self.inserted, "changed": self.updated, "unchanged": self.unchanged, "deleted": self.deleted,
            "set aside": self.rejected, "older": self.stale, "numbers rounded": self.rounded,
            "texts freed of NUL": self.nul_removed,
        }  # fmt: skip
        counts = ", ".join(f"{count:,} {what}" for what, count in told.items() if count)
        return f"{self.table}: {self.part}: {self.rows_in:,} rows in {self.seconds:.1f} s ({counts or 'nothing new'})"


def extract(
    database: Database,
    run: Run,
    source: Source,
    settings: Any,
    account: str,
    on_progress: Callable[[str], None] | None = None,
    detail: dict[str, Any] | None = None,
) -> list[Landed]:
    """Land what is new in a source, batch by batch; what landed before an error stays and is not asked for again.

    Args:
        on_progress: is told each landing as a sentence, and what the source says of itself.
        detail: is given what the source says of itself as figures.

    Raises:
        SourceError, UnreadableInput, TooManyRejected: the batch at hand did not land.
        LeaseLost, DatabaseError: as `land`.
    """
    sweep(database, run, source.name)
    landed: list[Landed] = []
    tell = on_progress or _log.info
    for found in source.batches(settings, account, cursors(database, source.name, account)):
        if isinstance(found, Told):
            tell(found.text)
            if detail is not None:
                detail |= found.detail
            continue
        landed.append(land(database, run, source.name, found))
        tell(str(landed[-1]))
    return landed


def cursors(database: Database, source: str, account: str) -> Cursors:
    """What the landings of this source and account stored last, by table."""
    known = ops.cursors
    asked = sa.select(known.c.table_name, known.c.cursor).where(known.c.source == source, known.c.account == account)
    with transaction(engine(database, "loader")) as connection:
        return Cursors({row.table_name: row.cursor for row in connection.execute(asked)})


def land(database: Database, run: Run, source_name: str, batch: Batch) -> Landed:
    """Land one batch, whole or not at all.

    Raises:
        TooManyRejected: more than `batch.max_rejected` of its rows would be set aside.
        UnreadableInput: its pages do not fit the table, or a full load lacks too many rows.
        LeaseLost: another run has taken over.
        DatabaseError: PostgreSQL refused or went away.
    """
    started = time.monotonic()
    loader = engine(database, "loader")
    opened = _open(loader, run, source_name, batch)
    with intake.opened(batch) as taken:
        try:
            _copy(database, opened, taken)
            landed = _settle(loader, run, source_name, batch, opened, taken)
        except BaseException:
            _clean_up(loader, opened)
            raise
    return replace(landed, seconds=time.monotonic() - started)


def sweep(database: Database, run: Run, source_name: str) -> tuple[str, ...]:
    """Drop the staging tables that killed landings left; those of other sources of this run may be at work.

    Waits for a statement of a killed client that still reads such a table, so none can land afterwards.

    Returns:
        The names of the dropped tables.
    """
    with transaction(engine(database, "loader")) as connection:
        check_lease(connection, run)
        names = sa.inspect(connection).get_table_names(schema=SCHEMA)
        loads = {name: load for name in names if (load := load_of(name)) is not None}
        at_work = sa.select(ops.loads.c.load_id).where(
            ops.loads.c.run_id == run.run_id, ops.loads.c.source != source_name
        )
        kept = set(connection.scalars(at_work))
        orphans = tuple(name for name, load in loads.items() if load not in kept)
        for name in orphans:
            sa.Table(name, sa.MetaData(schema=SCHEMA)).drop(connection)
    return orphans


def _open(loader: sa.Engine, run: Run, source_name: str, batch: Batch) -> Stage:
    """Number the load and make the table that COPY writes to."""
    with transaction(loader) as connection:
        check_lease(connection, run)
        entry = ops.loads.insert().values(
            run_id=run.run_id, source=source_name, account=batch.account, table_name=batch.table.name, part=batch.part,
            mode=batch.mode, started_at=sa.func.clock_timestamp(),
        )  # fmt: skip
        load_id = connection.scalars(entry.returning(ops.loads.c.load_id)).one()
        opened = stage(batch.table, load_id)
        opened.rows.create(connection)
    return opened


def _copy(database: Database, opened: Stage, taken: Intake) -> None:
    """Stream the pages by binary COPY; an error of the pages comes out as itself."""
    reader = taken.reader()
    first = next(reader, None)
    if first is None:
        return
    blocks = pa.RecordBatchReader.from_batches(reader.schema, itertools.chain([first], reader))
    with adbc(database, "loader") as connection:
        try:
            with connection.cursor() as cursor:
                cursor.adbc_ingest(opened.rows.name, blocks, mode="append", db_schema_name=SCHEMA)
            connection.commit()
        except Exception as error:  # noqa: BLE001 - ADBC turns whatever the pages raise into errors of its own
            if taken.failure is not None:
                raise taken.failure from None
            raise _copy_failed(taken, error) from None


def _settle(loader: sa.Engine, run: Run, source_name: str, batch: Batch, opened: Stage, taken: Intake) -> Landed:
    """The one transaction: rows, versions, quarantine, cursor and counts."""
    with transaction(loader) as connection:
        check_lease(connection, run)
        connection.execute(sa.text("set local work_mem = '64MB'"))
        ensure_table(connection, batch.table, opened.load_id)
        _lock(connection, batch)
        aside = quarantine.set_aside(connection, batch.table, opened, batch, taken)
        merged = merge(connection, batch.table, opened, batch)
        _check_counts(batch, taken, merged, aside.rows)
        quarantine.record(connection, batch.table, opened, batch, run.run_id, bool(aside.rows))
        landed = Landed(
            opened.load_id, batch.table.name, batch.part, taken.rows + taken.rejected, merged.inserted, merged.updated,
            merged.unchanged, merged.deleted, aside.rows, merged.stale, 0.0, taken.rounded, taken.nul_removed,
        )  # fmt: skip
        _store_cursor(connection, source_name, batch, opened.load_id)
        _close(connection, batch, landed)
        _drop(connection, opened)
    return landed


def _lock(connection: sa.Connection, batch: Batch) -> None:
    """Nobody else writes this table until the end, so row addresses and counts hold; readers are not held up."""
    table = sa.table(batch.table.name, schema=SCHEMA)
    name = connection.dialect.identifier_preparer.format_table(table)
    connection.exec_driver_sql(f"lock table {name} in share row exclusive mode")


def _check_counts(batch: Batch, taken: Intake, merged: Merged, rejected: int) -> None:
    accounted = merged.inserted + merged.updated + merged.unchanged + merged.stale + rejected
    if accounted != taken.rows + taken.rejected:
        raise DatabaseError(
            f"{batch.table.name}: {taken.rows + taken.rejected} rows of {batch.part} were read and {accounted} accounted "
            "for. Nothing of it landed. This is a fault of the landing: please report it."
        )


def _store_cursor(connection: sa.Connection, source_name: str, batch: Batch, load_id: int) -> None:
    if batch.cursor is None:
        return
    values = {"cursor": dict(batch.cursor), "updated_at": sa.func.now(), "load_id": load_id}
    keys = {"source": source_name, "account": batch.account, "table_name": batch.table.name}
    stored = insert(ops.cursors).values(**keys, **values)
    connection.execute(stored.on_conflict_do_update(index_elements=list(keys), set_=values))


def _close(connection: sa.Connection, batch: Batch, landed: Landed) -> None:
    counts = {
        "rows_in": landed.rows_in, "rows_inserted": landed.inserted, "rows_updated": landed.updated,
        "rows_unchanged": landed.unchanged, "rows_deleted": landed.deleted, "rows_stale": landed.stale,
        "rows_rejected": landed.rejected,
    }  # fmt: skip
    closed = ops.loads.update().where(ops.loads.c.load_id == landed.load_id)
    connection.execute(
        closed.values(committed_at=sa.func.clock_timestamp(), extracted_until=batch.extracted_until, **counts)
    )


def _drop(connection: sa.Connection, opened: Stage) -> None:
    for table in (opened.rows, opened.plan, opened.rejects):
        connection.execute(sa.schema.DropTable(table, if_exists=True))


def _clean_up(loader: sa.Engine, opened: Stage) -> None:
    """What a failed landing leaves; when even this fails, the next start sweeps."""
    try:
        with transaction(loader) as connection:
            _drop(connection, opened)
    except AttainError as error:
        _log.warning("raw.%s stays until the next run: %s", opened.rows.name, error)


def _copy_failed(taken: Intake, error: Exception) -> DatabaseError:
    """What ADBC says may quote values, so only the SQLSTATE is passed on."""
    state = getattr(error, "sqlstate", None) or type(error).__name__
    return DatabaseError(
        f"{taken.table.name}: COPY of {taken.part} failed after {taken.rows} rows [{state}]. Nothing of it landed. "
        "Check that the server runs and has disk space, then rerun: it goes on from here."
    )
