"""The validation page: what was checked, what failed, what waits and where the time went."""

from pathlib import Path

from attain import postgres
from attain.errors import PageRefused
from attain.settings import Database
from report import context as contexts
from report import data, files, health, render, runs, sources
from report.context import Context
from report.data import Reporting
from report.validation_blocks import findings, quarantine, strip, strip_of_runs, tables, timing


def write(database: Database, run_id: int, out: Path) -> Path:
    """Write the validation page of a run to `out`, as one file; also of a run that was stopped.

    Raises:
        PageRefused: the run is not known or the counts do not add up; the last good page stays.
        DatabaseError: the database went away.
    """
    with data.reading(postgres.engine(database, "analyst")) as reporting:
        return files.put(html(reporting, contexts.read(reporting, run_id, database.name)), out)


def html(reporting: Reporting, context: Context) -> str:
    """The validation page of a run."""
    found = health.checks(reporting, context.run_id)
    aside = health.quarantine(reporting, context.run_id)
    balance = sources.balance(reporting, context.run_id, aside, is_published=context.published_at is not None)
    history = runs.last(reporting, context.run_id)
    if not history:
        raise PageRefused(f"report: run {context.run_label} is not among reporting.load_runs. No page was written.")
    times = timing.read(reporting, context.run_id, found)
    checking = times.check if times else sum(c.seconds for c in found)
    return render.page(
        "validation.html",
        {
            "page": "validation",
            "context": context,
            "strip": strip.read(history, found, aside, checking),
            "findings": findings.read(reporting, context.run_id, found),
            "tables": tables.read(found, aside, balance),
            "quarantine": quarantine.read(
                context, aside, health.resolved(reporting, context.run_id), balance.held if balance else 0
            ),
            "timing": times,
            "runs": strip_of_runs.read(history),
        },
    )
