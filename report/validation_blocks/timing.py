"""Where does the time go? The run's steps, building and checking apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from report.data import Reporting
from report.health import Check
from report.words import duration, percent

QUESTION = "Where does the time go?"
_LOAD = "load raw"
_DOING = {_LOAD: "Loading raw", "publish": "Publishing", "report": "Writing the pages"}
ORDER = ("extract", "raw", "staging", "core", "marts", "publish", "report")


@dataclass(frozen=True)
class Bar:
    """When a step ran, as shares of the run."""

    start: float
    length: float
    is_check: bool


@dataclass(frozen=True)
class Row:
    """One stage; seconds."""

    name: str
    bars: tuple[Bar, ...]
    build: float
    check: float


@dataclass(frozen=True)
class Timing:
    """The table and its words."""

    question: str
    heading: str
    subtitle: str
    rows: tuple[Row, ...]
    build: float
    check: float
    note: str


@dataclass(frozen=True)
class _Step:
    stage: str
    is_check: bool
    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


def read(reporting: Reporting, run_id: int, found: Sequence[Check]) -> Timing | None:
    """None where steps are not published or none of the run has ended."""
    if not reporting.has("run_steps", "run_id", "step", "attempt", "started_at", "ended_at"):
        return None
    steps = _steps(reporting, run_id)
    if not steps:
        return None
    begin, end = min(s.start for s in steps), max(s.end for s in steps)
    whole = (end - begin).total_seconds() or 1.0
    rows = tuple(_row(name, [s for s in steps if s.stage == name], begin, whole) for name in _names(steps))
    build, check = sum(r.build for r in rows), sum(r.check for r in rows)
    return Timing(
        QUESTION, _heading(rows, build, check), "Light: build. Dark: check.", rows, build, check, _note(found)
    )


def _steps(reporting: Reporting, run_id: int) -> list[_Step]:
    """Ended steps; 'validate raw' is the check of 'extract', 'transform staging' builds 'staging'."""
    steps = reporting.table("run_steps")
    statement = (
        sa.select(steps.c.step, steps.c.started_at, steps.c.ended_at)
        .where(steps.c.run_id == run_id, steps.c.ended_at.is_not(None))
        .order_by(steps.c.started_at)
    )
    found = []
    for step, start, end in reporting.rows(statement):
        verb, _, rest = step.partition(" ")
        is_check = verb == "validate"
        stage = "extract" if verb == "extract" or (is_check and rest == "raw") else rest or verb
        found.append(_Step(stage, is_check, start, end))
    return found


def _names(steps: Sequence[_Step]) -> list[str]:
    there = {s.stage: None for s in steps}
    return [n for n in ORDER if n in there] + [n for n in there if n not in ORDER]


def _row(name: str, steps: Sequence[_Step], begin: datetime, whole: float) -> Row:
    bars = tuple(Bar((s.start - begin).total_seconds() / whole, s.seconds / whole, s.is_check) for s in steps)
    return Row(
        _LOAD if name == "extract" else name,
        bars,
        sum(s.seconds for s in steps if not s.is_check),
        sum(s.seconds for s in steps if s.is_check),
    )


def _heading(rows: Sequence[Row], build: float, check: float) -> str:
    longest = max(rows, key=lambda r: r.build)
    share = f"; checks take {percent(check / (build + check), 0)}" if check else ""
    return f"{_DOING.get(longest.name, f'Building {longest.name}')} takes longest, {duration(longest.build)}{share}"


def _note(found: Sequence[Check]) -> str:
    tables: dict[str, float] = {}
    for check in found:
        tables[check.table] = tables.get(check.table, 0.0) + check.seconds
    slowest = sorted(tables.items(), key=lambda item: -item[1])[:3]
    named = ", ".join(f"{table} {duration(seconds)}" for table, seconds in slowest if seconds >= 0.5)
    return f"Slowest to check: {named}. " * bool(named) + "Steps that ran side by side count each."
