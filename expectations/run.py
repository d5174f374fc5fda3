"""Validation between the stages: suites as checkpoints, results recorded, a critical failure stops the run."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from attain import ops
from attain.errors import ValidationStopped
from attain.postgres import engine, transaction
from attain.runs import Run, check_lease
from attain.settings import Database
from attain.table import Table
from expectations import marts, raw, set_aside, staging
from expectations.checks import Shapes, Stage, Suite
from expectations.failures import Result, look_into

_log = logging.getLogger(__name__)
_SHOWN = 3


@dataclass(frozen=True)
class Verdict:
    """What a validation came to: checks by outcome, and rows that staging newly set aside or let in again."""

    stage: str
    checks: int
    passed: int
    warned: int
    failed: int
    set_aside: int = 0
    returned: int = 0


def fingerprint() -> str:
    """A hash of the checks: when one changes, everything is validated once."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def validate(database: Database, run: Run, stage: str, tables: Iterable[Table] = ()) -> Verdict:
    """Check one stage's rows that no publication holds yet, and record each result.

    Args:
        stage: raw, staging or marts.
        tables: the declared raw tables, whose rules the checks on raw derive from.

    Raises:
        ValidationStopped: a critical check failed, or one could not be evaluated; after everything is recorded.
        LeaseLost: another run has taken over.
    """
    validator = engine(database, "validator")
    with transaction(validator) as connection:
        check_lease(connection, run)
        shapes = Shapes(connection, "raw", "staging", "core", "marts")
        new, returned = set_aside.sync(connection, shapes, run.run_id) if stage == "staging" else (0, 0)
        suites = list(_suites(connection, run, cast("Stage", stage), shapes, tables))
    results = _evaluate(database, validator, suites)
    _record(validator, run, stage, results)
    _stop_if_critical(stage, results)
    return _verdict(stage, results, new, returned)


def _suites(
    connection: sa.Connection, run: Run, stage: Stage, shapes: Shapes, tables: Iterable[Table]
) -> Iterable[Suite]:
    published = sa.select(sa.func.max(ops.runs.c.run_id)).where(ops.runs.c.published_at.is_not(None))
    # A new check has not looked at what stands: a run that rebuilds everything validates everything.
    after = -1 if run.full_refresh else int(connection.scalar(published) or -1)
    if stage == "raw":
        return raw.suites(tables, shapes, raw.loaded(connection, whole=run.full_refresh), run)
    if stage == "staging":
        return staging.suites(shapes, after)
    if run.as_of is None:
        raise ValueError("marts are checked at the run's as_of, which is not set")
    return marts.suites(shapes, after, run.as_of)


def _evaluate(database: Database, validator: sa.Engine, suites: Sequence[Suite]) -> list[Result]:
    from expectations.gx import Checkpoints  # costs seconds, so only where something is validated

    results: list[Result] = []
    with Checkpoints(database.url("validator")) as checkpoints:
        for suite in suites:
            outcomes = checkpoints.run(suite)
            with transaction(validator) as connection:
                results += look_into(connection, suite, outcomes)
    return results


def _record(validator: sa.Engine, run: Run, stage: str, results: Sequence[Result]) -> None:
    kept = ops.validation_results
    with transaction(validator) as connection:
        check_lease(connection, run)
        of_stage = (kept.c.run_id == run.run_id, kept.c.stage == stage)
        last = connection.scalar(sa.select(sa.func.max(kept.c.attempt)).where(*of_stage)) or 0
        rows = [{"run_id": run.run_id, "attempt": last + 1, "stage": stage, **_row(result)} for result in results]
        if rows:
            connection.execute(kept.insert(), rows)


def _row(result: Result) -> dict[str, Any]:
    return {
        "table_name": result.suite.table,
        "check_name": result.check.words,
        "expectation": result.outcome.expectation,
        "severity": result.check.severity,
        "success": result.success,
        "rows_checked": result.checked,
        "rows_failed": result.failed,
        "row_keys": list(result.keys),
        "observed": result.observed,
        "measured": dict(result.measured),
        "message": result.message,
        "what_to_do": None if result.success else result.check.what_to_do,
        "owner": result.check.owner,
        "seconds": result.outcome.seconds,
    }


def _stop_if_critical(stage: str, results: Sequence[Result]) -> None:
    stopping = [result for result in results if result.stops]
    if not stopping:
        return
    told = " ".join(
        f"{result.message} {result.check.what_to_do} ({result.check.owner})" for result in stopping[:_SHOWN]
    )
    more = f" And {len(stopping) - _SHOWN} more." if len(stopping) > _SHOWN else ""
    raise ValidationStopped(
        f"{stage}: {len(stopping)} of {len(results)} checks stop the run. Nothing was published; the last publication "
        f'stays up. {told}{more} All results: attain sql "select * from validation_results where not success".'
    )


def _verdict(stage: str, results: Sequence[Result], new: int, returned: int) -> Verdict:
    failed = [result for result in results if not result.success]
    for result in failed:
        _log.warning("%s", result.message)
    warned = sum(result.check.severity != "critical" for result in failed)
    return Verdict(stage, len(results), len(results) - len(failed), warned, len(failed) - warned, new, returned)
