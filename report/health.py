"""How the run went, as both pages need it: sources, checks, quarantine. Counts only; no value is ever read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from report.data import Reporting, Row

STAGES = ("raw", "staging", "core", "marts", "reporting")
SEVERITIES = ("critical", "quarantine", "warn")
SEVERITY_NAMES = {"critical": "Stop", "quarantine": "Quarantine", "warn": "Warn", "passed": "Passed"}


@dataclass(frozen=True)
class Check:
    """One check's result in this run."""

    stage: str
    table: str
    name: str
    severity: str
    success: bool
    rows_checked: int | None
    rows_failed: int
    message: str
    what_to_do: str
    owner: str
    seconds: float

    @property
    def where(self) -> str:
        """Stage and table as one name."""
        return self.table if "." in self.table or self.table == self.stage else f"{self.stage}.{self.table}"

    @property
    def outcome(self) -> str:
        """passed, or the severity of the failure."""
        return "passed" if self.success else self.severity


@dataclass(frozen=True)
class SetAside:
    """Rows open in quarantine under one rule of one table."""

    stage: str
    table: str
    rule: str
    new: int
    earlier: int
    oldest: datetime

    @property
    def open(self) -> int:
        return self.new + self.earlier


def checks(reporting: Reporting, run_id: int) -> tuple[Check, ...]:
    """The last attempt of each check of the run, failures first by severity, then in the order of the pipeline."""
    if not reporting.has("validation_results", "run_id", "stage", "table_name", "check_name", "severity", "success"):
        return ()
    results = reporting.table("validation_results")
    last = (
        sa.select(results.c.stage, sa.func.max(results.c.attempt).label("attempt"))
        .where(results.c.run_id == run_id)
        .group_by(results.c.stage)
        .subquery()
    )
    statement = (
        sa.select(results)
        .join(last, sa.and_(results.c.stage == last.c.stage, results.c.attempt == last.c.attempt))
        .where(results.c.run_id == run_id)
        .order_by(results.c.table_name, results.c.check_name)
    )
    found = [
        Check(
            row.stage,
            _without_schema(row.table_name or "", row.stage),
            row.check_name,
            row.severity,
            bool(row.success),
            row.rows_checked,
            int(row.rows_failed or 0),
            _sentence(row),
            row.what_to_do or "",
            row.owner or "",
            float(row.seconds or 0),
        )
        for row in reporting.rows(statement)
    ]
    return tuple(sorted(found, key=_order))


def _without_schema(table: str, stage: str) -> str:
    """Checks name their table with its schema, which the page says beside it."""
    return table.removeprefix(f"{stage}.")


def _sentence(row: Row) -> str:
    """What was found, without the keys of rows that the recorded message names."""
    if row.rows_failed and row.rows_checked:
        return f"{row.rows_failed:,} of {row.rows_checked:,} rows break: {row.check_name}."
    return str(row.message or row.check_name).split(" Rows: ")[0]


def _order(check: Check) -> tuple[bool, int, int]:
    return check.success, _place(SEVERITIES, check.severity), _place(STAGES, check.stage)


def _place(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def by_outcome(found: Sequence[Check]) -> dict[str, int]:
    """How many checks passed, and how many failed by severity."""
    return {outcome: sum(c.outcome == outcome for c in found) for outcome in ("passed", *SEVERITIES)}


def quarantine(reporting: Reporting, run_id: int) -> tuple[SetAside, ...]:
    """What is open in quarantine, most rows first."""
    if not reporting.has("quarantine", "run_id", "stage", "table_name", "rule", "found_at", "resolved_at"):
        return ()
    rows = reporting.table("quarantine")
    is_new = rows.c.run_id == run_id
    total = sa.func.count()
    statement = (
        sa.select(
            rows.c.stage,
            rows.c.table_name,
            rows.c.rule,
            total.filter(is_new),
            total.filter(sa.not_(is_new)),
            sa.func.min(rows.c.found_at),
        )
        .where(rows.c.resolved_at.is_(None))
        .group_by(rows.c.stage, rows.c.table_name, rows.c.rule)
        .order_by(total.desc(), rows.c.table_name, rows.c.rule)
    )
    return tuple(SetAside(row[0], row[1], row[2], row[3], row[4], row[5]) for row in reporting.rows(statement))


def resolved(reporting: Reporting, run_id: int) -> int:
    """How many rows left quarantine in this run."""
    if not reporting.has("quarantine", "resolved_run_id"):
        return 0
    rows = reporting.table("quarantine")
    found = reporting.one(sa.select(sa.func.count()).where(rows.c.resolved_run_id == run_id))
    return int(found[0]) if found else 0
