"""Runs of a company: the lease, its fencing token, steps and outcome, as `ops` keeps them.

One run per company at a time. Whoever begins takes the lease and gets a higher token; every writing transaction first
calls `check_lease`, so a run that was taken over writes nothing more, whenever its last statement arrives.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from attain import ops
from attain.errors import AttainError, DatabaseError, LeaseLost
from attain.postgres import engine, transaction
from attain.settings import Database

_LOCK = 4_070_002  # advisory lock: shared by the steps at work, taken alone for a moment by whoever begins
_PATIENCE = 20  # seconds until a killed client's session has been noticed and ended
_LONGEST_ERROR = 4000
_SILENT = (
    "Its process ended without a word: it was killed, or the machine went down. The next attempt did its work again."
)


@dataclass(frozen=True)
class Run:
    """One run of one company.

    Args:
        token: the fencing number; only the run with the highest may write.
        as_of: the clock of the run; None until the sources have been asked.
        full_refresh: everything is rebuilt: nothing was published yet, or settings or models changed since.
    """

    run_id: int
    label: str
    token: int
    as_of: datetime | None
    full_refresh: bool


@dataclass
class Step:
    """A step at work; what is put into `detail` is kept with it and shown on the pages."""

    name: str
    attempt: int
    detail: dict[str, Any] = field(default_factory=dict)


def begin(
    database: Database, trigger: str, holder: str, fingerprint: str, *, full_refresh: bool = False,
    patience: float = _PATIENCE,
) -> Run:  # fmt: skip
    """Take the company's lease and start a run; a run that was still going is superseded.

    Args:
        trigger: what started it (schedule, command, test).
        holder: who runs it, for people: host and process, or the DAG run.
        fingerprint: hash of the company folder and the models.
        patience: seconds to wait for a step at work to end.

    Raises:
        LeaseLost: another run is at work right now.
    """
    with transaction(engine(database, "loader")) as connection:
        _wait_for_steps(connection, patience)
        token = _take_lease(connection, holder)
        _close_the_dead(connection)
        whole = full_refresh or _built_otherwise(connection, fingerprint)
        row = connection.execute(
            ops.runs.insert()
            .values(
                label="", state="running", token=token, fingerprint=fingerprint, full_refresh=whole, trigger=trigger,
                detail={"holder": holder}, started_at=sa.func.clock_timestamp(),
            )
            .returning(ops.runs.c.run_id, ops.runs.c.started_at)
        ).one()  # fmt: skip
        label = f"{row.started_at:%Y-%m-%d} #{row.run_id}"
        connection.execute(ops.runs.update().where(ops.runs.c.run_id == row.run_id).values(label=label))
        connection.execute(ops.lease.update().values(run_id=row.run_id))
    return Run(row.run_id, label, token, None, whole)


def load(database: Database, run_id: int) -> Run:
    """A run by its number.

    Raises:
        DatabaseError: there is no such run.
    """
    with transaction(engine(database, "loader")) as connection:
        row = connection.execute(sa.select(ops.runs).where(ops.runs.c.run_id == run_id)).one_or_none()
    if row is None:
        raise DatabaseError(f"ops.runs: no run {run_id} in {database.name}. Nothing was done. See `attain runs`.")
    return Run(row.run_id, row.label, row.token, row.as_of, row.full_refresh)


def check_lease(connection: sa.Connection, run: Run) -> None:
    """Stop a run that has been taken over; call it first in every writing transaction.

    It holds the lease until the transaction ends, so that who takes over waits for it.

    Raises:
        LeaseLost: inside `attain.postgres.transaction`; another run has a higher token.
    """
    connection.execute(sa.select(sa.func.ops.check_lease(run.token)))


def set_as_of(database: Database, run: Run, as_of: datetime) -> Run:
    """Fix the run's clock; the run with it."""
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    _update(database, run, as_of=as_of)
    return replace(run, as_of=as_of)


def source_clock(database: Database, run: Run) -> datetime | None:
    """The earliest end of extraction among this run's sources that have a clock of their own; None without any."""
    ends = (
        sa.select(sa.func.max(ops.loads.c.extracted_until).label("until"))
        .where(ops.loads.c.run_id == run.run_id, ops.loads.c.committed_at.is_not(None))
        .group_by(ops.loads.c.source, ops.loads.c.account)
        .subquery()
    )
    with transaction(engine(database, "loader")) as connection:
        earliest: datetime | None = connection.scalar(sa.select(sa.func.min(ends.c.until)))
    return earliest


@contextmanager
def step(database: Database, run: Run, name: str) -> Iterator[Step]:
    """A step of the run: recorded with its outcome, and at work as far as `begin` of another run is concerned.

    Raises:
        LeaseLost: the run has been taken over.
    """
    loader = engine(database, "loader")
    # A connection of its own: its lock ends with this process, however that ends.
    with transaction(loader) as holding:
        holding.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_LOCK)))
        holding.execute(sa.text("set local idle_in_transaction_session_timeout = 0"))
        working = _record_start(database, run, name)
        try:
            yield working
        except BaseException as error:
            _record_end(database, run, working, "failed", {"error": describe(error)})
            raise
        _record_end(database, run, working, "done", {})


def fail(database: Database, run: Run, error: str) -> None:
    """Say why a run ended without publishing; a run that was superseded or published stays what it is."""
    still = (ops.runs.c.run_id == run.run_id) & (ops.runs.c.state == "running")
    values = {"state": "failed", "error": error[:_LONGEST_ERROR], "ended_at": sa.func.clock_timestamp()}
    with transaction(engine(database, "loader")) as connection:
        connection.execute(ops.runs.update().where(still).values(**values))


def finish(database: Database, run: Run, detail: Mapping[str, Any] | None = None) -> None:
    """End a published run, keeping what it wants to tell.

    Raises:
        DatabaseError: it has not been published.
    """
    mine = ops.runs.c.run_id == run.run_id
    with transaction(engine(database, "loader")) as connection:
        state = connection.scalar(sa.select(ops.runs.c.state).where(mine))
        if state != "published":
            raise DatabaseError(
                f"run {run.label}: it is {state or 'unknown'}, not published, so it cannot end well. "
                "Nothing was changed. Publish it, or run again."
            )
        kept = ops.runs.c.detail.concat(sa.cast(dict(detail or {}), ops.runs.c.detail.type))
        connection.execute(
            ops.runs.update().where(mine).values(ended_at=sa.func.clock_timestamp(), detail=kept, error=None)
        )


def describe(error: BaseException) -> str:
    """An error as people should read it: our own messages whole, of others only the kind, for they may quote rows."""
    if isinstance(error, AttainError):
        return str(error)[:_LONGEST_ERROR]
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return "It was stopped from outside. What had landed stays; run again to go on from here."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'this machine'}: {error.strerror}. What had landed stays. Mend that, then rerun."
    return f"{type(error).__name__}: unexpected; the log of this step has the traceback."


def _wait_for_steps(connection: sa.Connection, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))):
        if time.monotonic() > deadline:
            holder = connection.execute(sa.select(ops.lease.c.run_id, ops.lease.c.holder)).one()
            raise LeaseLost(
                f"run: run {holder.run_id} ({holder.holder}) is at work in this company. Nothing was done. "
                "Wait for its end, or end that process, then rerun."
            )
        time.sleep(0.25)  # noqa: TID251 - a lock has no event to wait for


def _close_the_dead(connection: sa.Connection) -> None:
    """Nobody is at work, so what still seems to be was killed, and could not say so itself."""
    now = sa.func.clock_timestamp()
    superseded = ops.runs.update().where(ops.runs.c.state == "running")
    connection.execute(superseded.values(state="superseded", ended_at=now))
    connection.execute(ops.runs.update().where(ops.runs.c.ended_at.is_(None)).values(ended_at=now))
    _close_steps(connection, sa.true())


def _close_steps(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Write the end of steps whose process could not."""
    detail = ops.run_steps.c.detail.concat(sa.cast({"error": _SILENT}, ops.run_steps.c.detail.type))
    silent = ops.run_steps.update().where(which, ops.run_steps.c.state == "running")
    connection.execute(silent.values(state="failed", ended_at=sa.func.clock_timestamp(), detail=detail))


def _built_otherwise(connection: sa.Connection, fingerprint: str) -> bool:
    """Whether a run from the last published one on had other settings or models: what it built may still stand."""
    last = connection.scalar(sa.select(sa.func.max(ops.runs.c.run_id)).where(ops.runs.c.published_at.is_not(None)))
    if last is None:
        return True
    others = sa.exists().where(ops.runs.c.run_id >= last, ops.runs.c.fingerprint.is_distinct_from(fingerprint))
    return bool(connection.scalar(sa.select(others)))


def _take_lease(connection: sa.Connection, holder: str) -> int:
    connection.execute(sa.text("set local lock_timeout = '30s'"))
    taken = (
        ops.lease.update()
        .values(token=ops.lease.c.token + 1, holder=holder, run_id=None, taken_at=sa.func.clock_timestamp())
        .returning(ops.lease.c.token)
    )
    return int(connection.execute(taken).scalar_one())


def _record_start(database: Database, run: Run, name: str) -> Step:
    mine = (ops.run_steps.c.run_id == run.run_id) & (ops.run_steps.c.step == name)
    with transaction(engine(database, "loader")) as connection:
        check_lease(connection, run)
        _close_steps(connection, mine)  # a killed attempt of this very step
        last = connection.scalar(sa.select(sa.func.max(ops.run_steps.c.attempt)).where(mine))
        working = Step(name, int(last or 0) + 1)
        connection.execute(
            ops.run_steps.insert().values(
                run_id=run.run_id, step=name, attempt=working.attempt, state="running",
                started_at=sa.func.clock_timestamp(),
            )
        )  # fmt: skip
        running = ops.runs.update().where((ops.runs.c.run_id == run.run_id) & (ops.runs.c.state == "failed"))
        connection.execute(running.values(state="running", ended_at=None, error=None))  # retried after a failure
    return working


def _record_end(database: Database, run: Run, working: Step, state: str, more: Mapping[str, Any]) -> None:
    mine = (
        (ops.run_steps.c.run_id == run.run_id)
        & (ops.run_steps.c.step == working.name)
        & (ops.run_steps.c.attempt == working.attempt)
    )
    values = {"state": state, "ended_at": sa.func.clock_timestamp(), "detail": {**working.detail, **more}}
    try:
        with transaction(engine(database, "loader")) as connection:
            connection.execute(ops.run_steps.update().where(mine).values(**values))
    except DatabaseError:
        if state == "done":
            raise
        # The step's own error matters more than that the database is gone as well.


def _update(database: Database, run: Run, **values: object) -> None:
    with transaction(engine(database, "loader")) as connection:
        check_lease(connection, run)
        connection.execute(ops.runs.update().where(ops.runs.c.run_id == run.run_id).values(**values))
