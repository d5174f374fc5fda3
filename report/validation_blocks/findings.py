"""What failed, and who does what? One row per failed check, the most severe first."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from report.data import Reporting
from report.health import SEVERITY_NAMES, Check
from report.words import count, plural, sentence, spelled

QUESTION = "What failed, and who does what?"
MOST_ROWS = 40
_LOOK_BACK = 100


@dataclass(frozen=True)
class Finding:
    """A failed check; `seen` says since how many runs."""

    check: Check
    severity: str
    seen: str


@dataclass(frozen=True)
class Findings:
    """The table, and a line on what did not fit into it."""

    question: str
    heading: str
    subtitle: str
    rows: tuple[Finding, ...]
    more: str


def read(reporting: Reporting, run_id: int, found: Sequence[Check]) -> Findings:
    """The failed checks of a run."""
    failed = [c for c in found if not c.success]
    if not failed:
        heading = f"All {count(len(found))} checks passed" if found else "No check is recorded for this run"
        return Findings(QUESTION, heading, "A check that fails stands here, with what to do and who does it.", (), "")
    since = _runs_in_a_row(reporting, run_id)
    rows = tuple(
        Finding(c, SEVERITY_NAMES[c.severity], _seen(since.get((c.stage, c.table, c.name), 1))) for c in failed
    )
    more = len(rows) - MOST_ROWS
    return Findings(
        QUESTION,
        _heading(failed, rows),
        "Most severe first, then in the order of the pipeline. Rows: how many the check found.",
        rows[:MOST_ROWS],
        f"{plural(more, 'more check', 'more checks')} failed: see reporting.validation_results." if more > 0 else "",
    )


def _seen(runs: int) -> str:
    return "new" if runs == 1 else f"{runs} runs"


def _runs_in_a_row(reporting: Reporting, run_id: int) -> dict[tuple[str, str, str], int]:
    """For how many runs in a row each check that fails now has failed: runs after the last one in which it passed."""
    results = reporting.table("validation_results")
    key = (results.c.stage, results.c.table_name, results.c.check_name)
    statement = (
        sa.select(*key, results.c.run_id, sa.func.bool_and(results.c.success))
        .where(results.c.run_id <= run_id, results.c.run_id > run_id - _LOOK_BACK)
        .group_by(*key, results.c.run_id)
        .order_by(*key, results.c.run_id.desc())
    )
    runs: dict[tuple[str, str, str], int] = {}
    ended = set()
    for stage, table, name, _, success in reporting.rows(statement):
        if success:
            ended.add((stage, table, name))
        elif (stage, table, name) not in ended:
            runs[(stage, table, name)] = runs.get((stage, table, name), 0) + 1
    return runs


def _heading(failed: Sequence[Check], rows: Sequence[Finding]) -> str:
    def number(severity: str) -> int:
        return sum(c.severity == severity for c in failed)

    new = sum(r.seen == "new" for r in rows)
    fresh = "all of them new" if new == len(rows) else "none of them new" if not new else f"{spelled(new)} of them new"
    if number("critical"):
        return f"{sentence(spelled(number('critical')))} {_checks(number('critical'))} stopped publishing; what to do is below"
    if number("quarantine"):
        aside = sum(c.rows_failed for c in failed if c.severity == "quarantine")
        lead = f"{sentence(spelled(number('quarantine')))} {_checks(number('quarantine'))} set {plural(aside, 'row')} aside"
        return f"{lead}; {spelled(number('warn'))} warned" if number("warn") else lead
    return f"{sentence(spelled(len(rows)))} {_checks(len(rows))} warned, {fresh if len(rows) > 1 else 'new in this run' if rows[0].seen == 'new' else 'as in the ' + rows[0].seen + ' before'}"


def _checks(number: int) -> str:
    return "check" if number == 1 else "checks"
