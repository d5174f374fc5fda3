"""The last runs, as the warehouse recorded them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from report.data import Reporting

MOST_RUNS = 30


@dataclass(frozen=True)
class RunRecord:
    """One run; `stopped_at` is the step that failed, `set_aside` the rows it put into quarantine."""

    run_id: int
    label: str
    state: str
    trigger: str | None
    as_of: datetime | None
    started_at: datetime
    seconds: float
    published_at: datetime | None
    stopped_at: str | None
    set_aside: int

    @property
    def is_stopped(self) -> bool:
        return self.state == "failed"

    @property
    def outcome(self) -> str:
        """The mark of a run: stopped, with rows set aside, or passed."""
        return "critical" if self.is_stopped else "quarantine" if self.set_aside else "passed"


def last(reporting: Reporting, run_id: int) -> tuple[RunRecord, ...]:
    """The runs up to this one, oldest first, at most 30; superseded ones are not counted."""
    runs = reporting.table("load_runs")
    aside, stops = _set_aside(reporting), _stops(reporting)
    statement = (
        sa.select(runs)
        .where(runs.c.run_id <= run_id, sa.or_(runs.c.state != "superseded", runs.c.run_id == run_id))
        .order_by(runs.c.run_id.desc())
        .limit(MOST_RUNS)
    )
    return tuple(
        RunRecord(
            row.run_id,
            row.label,
            row.state,
            row.trigger,
            row.as_of,
            row.started_at,
            ((row.ended_at or row.published_at or row.started_at) - row.started_at).total_seconds(),
            row.published_at,
            stops.get(row.run_id),
            aside.get(row.run_id, 0),
        )
        for row in reversed(reporting.rows(statement))
    )


def _set_aside(reporting: Reporting) -> dict[int, int]:
    if not reporting.has("quarantine", "run_id"):
        return {}
    rows = reporting.table("quarantine")
    return {row[0]: row[1] for row in reporting.rows(sa.select(rows.c.run_id, sa.func.count()).group_by(rows.c.run_id))}


def _stops(reporting: Reporting) -> dict[int, str]:
    if not reporting.has("run_steps", "run_id", "step", "state", "started_at"):
        return {}
    steps = reporting.table("run_steps")
    statement = sa.select(steps.c.run_id, steps.c.step).where(steps.c.state == "failed").order_by(steps.c.started_at)
    return {row[0]: row[1] for row in reporting.rows(statement)}
