"""Can I trust this? What was loaded, which checks passed, what was set aside."""

from dataclasses import dataclass

from expectations.raw import STALE_HOURS
from report import health, sources
from report.context import Context
from report.data import Reporting
from report.sources import Source
from report.words import age, count, moment, percent, plural

QUESTION = "Can I trust this?"


@dataclass(frozen=True)
class Trust:
    """Sources with rows and until when they were read; checks by outcome; quarantine new and earlier; `limit` only where a source is late."""

    question: str
    heading: str
    sources: tuple[Source, ...]
    rows: int
    outcomes: dict[str, int]
    checks: int
    new: int
    earlier: int
    limit: str
    note: str


def read(reporting: Reporting, context: Context) -> Trust:
    """The state of the data at this publication."""
    known = sources.read(reporting, context.run_id, context.as_of)
    found = health.checks(reporting, context.run_id)
    aside = health.quarantine(reporting, context.run_id)
    rows = sum(s.live for s in known)
    new, earlier = sum(a.new for a in aside), sum(a.earlier for a in aside)
    outcomes = health.by_outcome(found)
    return Trust(
        QUESTION,
        _heading(context, outcomes, len(found), new, known),
        known,
        rows,
        outcomes,
        len(found),
        new,
        earlier,
        plural(STALE_HOURS, "hour") if any(source.is_late for source in known) else "",
        _note(new + earlier, rows, aside),
    )


def _heading(context: Context, outcomes: dict[str, int], checks: int, new: int, known: tuple[Source, ...]) -> str:
    when = f"Published {moment(context.published_at)}" if context.published_at else "Not published"
    passed = f"{count(outcomes['passed'])} of {count(checks)} checks passed" if checks else "no check is recorded"
    aside = f"{plural(new, 'row was', 'rows were')} set aside" if new else "no row was set aside"
    late = [f"{source.title} is {age(source.behind)} behind" for source in known if source.is_late and source.behind]
    return f"{when}: {', '.join((passed, aside, *late))}"


def _note(waiting: int, rows: int, aside: tuple[health.SetAside, ...]) -> str:
    if not waiting:
        return "Every row that was read is in the figures above."
    most = aside[0]
    share = f"{percent(waiting / rows, 2)} of rows held. " if rows >= waiting else ""
    return f"{share}{plural(most.open, 'is', 'are')} in {most.table}, so figures from it may be slightly off."
