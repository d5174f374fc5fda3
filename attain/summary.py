"""What a run did, read back from `ops`: for the terminal, and for whoever asks later."""

from dataclasses import dataclass

import sqlalchemy as sa

from attain import ops
from attain.postgres import engine, transaction
from attain.settings import Database


@dataclass(frozen=True)
class Loaded:
    """What one source brought in one run."""

    source: str
    rows_in: int
    new: int
    changed: int
    deleted: int
    set_aside: int


@dataclass(frozen=True)
class RunSummary:
    """A run's figures.

    Args:
        checks: number of checks by outcome: passed, warned, quarantine, critical.
        waiting: rows that wait in quarantine now, from this run and earlier ones.
        tables: published tables by name: rows in all, inserted, updated, deleted.
        seconds: by step, in the order they began.
    """

    label: str
    state: str
    as_of: str
    loaded: tuple[Loaded, ...]
    waiting: int
    checks: dict[str, int]
    tables: dict[str, tuple[int, int, int, int]]
    seconds: dict[str, float]
    error: str | None


def latest(database: Database, *, published: bool = False) -> int | None:
    """The number of the latest run, or of the latest that published; None without any."""
    runs = ops.runs.c
    asked = sa.select(sa.func.max(runs.run_id))
    if published:
        asked = asked.where(runs.published_at.is_not(None))
    with transaction(engine(database, "loader")) as connection:
        found: int | None = connection.scalar(asked)
    return found


def of(database: Database, run_id: int) -> RunSummary:
    """The figures of a run.

    Raises:
        DatabaseError: the database cannot be read.
    """
    with transaction(engine(database, "loader")) as connection:
        run = connection.execute(sa.select(ops.runs).where(ops.runs.c.run_id == run_id)).one()
        return RunSummary(
            label=run.label,
            state=run.state,
            as_of=f"{run.as_of:%d %b %Y %H:%M} UTC" if run.as_of else "not settled",
            loaded=_loaded(connection, run_id),
            waiting=connection.scalar(
                sa.select(sa.func.count()).select_from(ops.quarantine).where(ops.quarantine.c.resolved_at.is_(None))
            )
            or 0,
            checks=_checks(connection, run_id),
            tables=_tables(connection, run_id),
            seconds=_seconds(connection, run_id),
            error=run.error,
        )


def _loaded(connection: sa.Connection, run_id: int) -> tuple[Loaded, ...]:
    loads = ops.loads.c
    names = ("rows_inserted", "rows_updated", "rows_deleted", "rows_rejected")
    # These read ids alone, to find what vanished.
    read = sa.func.coalesce(sa.func.sum(loads.rows_in).filter(loads.mode.not_in(("sweep", "gone"))), 0)
    asked = (
        sa.select(
            loads.source, sa.cast(read, sa.BigInteger), *(sa.cast(sa.func.sum(loads[n]), sa.BigInteger) for n in names)
        )
        .where(loads.run_id == run_id, loads.committed_at.is_not(None))
        .group_by(loads.source)
        .order_by(loads.source)
    )
    return tuple(Loaded(*row) for row in connection.execute(asked))


def _checks(connection: sa.Connection, run_id: int) -> dict[str, int]:
    results = ops.validation_results.c
    latest = (
        sa.select(results.stage, sa.func.max(results.attempt).label("attempt"))
        .where(results.run_id == run_id)
        .group_by(results.stage)
        .subquery()
    )
    outcome = sa.case((results.success, "passed"), (results.severity == "warn", "warned"), else_=results.severity)
    asked = (
        sa.select(outcome, sa.func.count())
        .join(latest, (latest.c.stage == results.stage) & (latest.c.attempt == results.attempt))
        .where(results.run_id == run_id)
        .group_by(outcome)
    )
    return {row[0]: row[1] for row in connection.execute(asked)}


def _tables(connection: sa.Connection, run_id: int) -> dict[str, tuple[int, int, int, int]]:
    tables, publications = ops.publication_tables.c, ops.publications.c
    asked = (
        sa.select(tables.table_name, tables.rows_total, tables.rows_inserted, tables.rows_updated, tables.rows_deleted)
        .join(ops.publications, publications.publication_id == tables.publication_id)
        .where(publications.run_id == run_id)
        .order_by(tables.table_name)
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in connection.execute(asked)}


def _seconds(connection: sa.Connection, run_id: int) -> dict[str, float]:
    steps = ops.run_steps.c
    took = sa.extract("epoch", sa.func.coalesce(steps.ended_at, sa.func.clock_timestamp()) - steps.started_at)
    asked = sa.select(steps.step, took).where(steps.run_id == run_id).order_by(steps.started_at)
    seconds: dict[str, float] = {}
    for step, each in connection.execute(asked):
        seconds[step] = seconds.get(step, 0.0) + float(each)
    return seconds
