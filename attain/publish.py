"""Publishing: what differs between `marts` and `reporting`, carried over in one transaction.

Readers see all of the old publication, then all of the new one. Tables keep their identity, so grants, policies,
indexes and what BI tools remember of them stay.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind

from attain import marts, ops, reporting_views, unchanged
from attain.errors import PublishFailed
from attain.marts import RUN, Mart
from attain.postgres import engine, transaction
from attain.publish_sql import TARGET, Carried, Carry
from attain.reporting_tables import Shapes, describe, ensure, key_may_be_null
from attain.runs import Run, check_lease
from attain.settings import Database

Counts = dict[str, dict[str, int]]


def publish(database: Database, run: Run, manifest: Path) -> Counts:
    """Carry every mart over and mark the run's loads as published; doing it again changes nothing.

    Args:
        manifest: dbt's manifest.json of the marts, or the run's folder.

    Returns:
        Per table: rows_total, rows_inserted, rows_updated, rows_deleted.

    Raises:
        PublishFailed: a mart cannot be carried over; readers still see the previous publication.
        LeaseLost: another run has taken over.
        DatabaseError: PostgreSQL refused or went away; readers still see the previous publication.
    """
    declared = marts.read(manifest)
    with transaction(engine(database, "publisher")) as connection:
        started = time.monotonic()
        check_lease(connection, run)
        done = _published_before(connection, run)
        if done is not None:
            return done
        connection.execute(sa.text("set local work_mem = '64MB'"))
        carried, seconds = _carry_all(connection, run, [mart for mart in declared if mart.view_sql is None])
        _record(connection, run, carried, seconds, time.monotonic() - started)
        reporting_views.ensure(connection, database.user("analyst"))
        for mart in declared:
            if mart.view_sql is not None:
                reporting_views.replace(connection, mart.name, mart.view_sql, database.user("analyst"))
    return {name: asdict(counts) for name, counts in carried.items()}


def ensure_views(database: Database) -> None:
    """Make the views over `ops`, also before anything was published, so that a run that stopped can say why."""
    with transaction(engine(database, "publisher")) as connection:
        reporting_views.ensure(connection, database.user("analyst"))


def _published_before(connection: sa.Connection, run: Run) -> Counts | None:
    state = connection.scalar(sa.select(ops.runs.c.state).where(ops.runs.c.run_id == run.run_id))
    if state != "published":
        return None
    tables = ops.publication_tables
    of_run = sa.select(ops.publications.c.publication_id).where(ops.publications.c.run_id == run.run_id)
    rows = connection.execute(sa.select(tables).where(tables.c.publication_id.in_(of_run))).mappings()
    names = ("rows_total", "rows_inserted", "rows_updated", "rows_deleted")
    return {row["table_name"]: {name: int(row[name]) for name in names} for row in rows}


def _carry_all(
    connection: sa.Connection, run: Run, declared: Sequence[Mart]
) -> tuple[dict[str, Carried], dict[str, float]]:
    shapes = {schema: Shapes(connection, schema) for schema in {mart.schema for mart in declared}}
    published = Shapes(connection, TARGET, ObjectKind.TABLE)
    after = _unpublished_after(connection, run)
    standing = _standing(connection, run)
    carried: dict[str, Carried] = {}
    seconds: dict[str, float] = {}
    for mart in declared:
        started, built = time.monotonic(), shapes[mart.schema]
        changed = ensure(connection, mart, built, published)
        if changed or run.full_refresh:
            describe(connection, mart, built)
        if mart.name in standing and not changed:
            carried[mart.name], seconds[mart.name] = Carried(standing[mart.name], 0, 0, 0), time.monotonic() - started
            continue
        marked = after is not None and not changed and RUN in built.columns(mart.name)
        carry = Carry(
            mart, built.columns(mart.name), after if marked else None, key_may_be_null=key_may_be_null(mart, built)
        )
        _refuse_missing_keys(connection, mart, carry)
        carried[mart.name] = carry.run(connection)
        if changed:
            connection.exec_driver_sql(f"analyze {_quoted(connection, mart.name)}")
        seconds[mart.name] = time.monotonic() - started
    return carried, seconds


def _standing(connection: sa.Connection, run: Run) -> dict[str, int]:
    """Rows of each published table, when the marts are those of the last publication; else nothing."""
    last = unchanged.since(connection, run)
    if last is None:
        return {}
    tables, made = ops.publication_tables, ops.publications
    newest = sa.select(sa.func.max(made.c.publication_id)).where(made.c.run_id == last).scalar_subquery()
    found = sa.select(tables.c.table_name, tables.c.rows_total).where(tables.c.publication_id == newest)
    return {name: int(rows) for name, rows in connection.execute(found)}


def _unpublished_after(connection: sa.Connection, run: Run) -> int | None:
    """The last published run; None when everything must be compared, since a run rebuilt all since then."""
    runs = ops.runs
    last = connection.scalar(sa.select(sa.func.max(runs.c.run_id)).where(runs.c.published_at.is_not(None)))
    if last is None:
        return None
    rebuilt = sa.exists().where(runs.c.run_id > last, runs.c.run_id <= run.run_id, runs.c.full_refresh)
    return None if connection.scalar(sa.select(rebuilt)) else int(last)


def _refuse_missing_keys(connection: sa.Connection, mart: Mart, carry: Carry) -> None:
    missing = connection.scalar(carry.without_key())
    if missing:
        raise PublishFailed(
            f"{mart.schema}.{mart.name}: {missing} rows have no key ({', '.join(mart.key)}). Nothing was published; "
            "readers still see the previous publication. Mend the model, then rerun."
        )


def _record(
    connection: sa.Connection, run: Run, carried: dict[str, Carried], seconds: dict[str, float], total: float
) -> None:
    """The publication, and that the run and its loads are part of it."""
    loads = ops.loads
    landed = (loads.c.committed_at.is_not(None), loads.c.published_run_id.is_(None), loads.c.run_id <= run.run_id)
    connection.execute(loads.update().where(*landed).values(published_run_id=run.run_id))
    published = {"state": "published", "published_at": sa.func.clock_timestamp()}
    connection.execute(ops.runs.update().where(ops.runs.c.run_id == run.run_id).values(published))
    made = ops.publications.insert().values(
        run_id=run.run_id, as_of=run.as_of, published_at=sa.func.clock_timestamp(), seconds=total
    )
    number = connection.scalars(made.returning(ops.publications.c.publication_id)).one()
    entries: list[dict[str, Any]] = [
        {"publication_id": number, "table_name": name, "seconds": seconds[name], **asdict(counts)}
        for name, counts in carried.items()
    ]
    if entries:
        connection.execute(ops.publication_tables.insert(), entries)


def _quoted(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.format_table(sa.table(name, schema=TARGET))
