"""Rows by source: what each sent, what the warehouse holds of it, and the balance of all rows that ever came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from report.check import adds_up
from report.data import Reporting
from report.health import SetAside
from report.words import count, plural

_COUNTS = ("in", "inserted", "updated", "unchanged", "stale", "rejected", "deleted")


@dataclass(frozen=True)
class Source:
    """One source: rows alive, rows it sent in this run, and until when it was asked (files: when they were read)."""

    name: str
    live: int
    rows_in: int
    until: datetime | None

    @property
    def title(self) -> str:
        return "Company folder" if self.name == "company" else self.name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Balance:
    """Sentences that add up, and how many rows are held."""

    sentences: tuple[str, ...]
    held: int


def read(reporting: Reporting, run_id: int) -> tuple[Source, ...]:
    """Each source with what it sent up to this run."""
    loads = _loads(reporting)
    if loads is None:
        return ()
    in_run = sa.func.sum(loads.c.rows_in).filter(loads.c.run_id == run_id)
    statement = (
        sa.select(
            loads.c.source,
            sa.func.sum(loads.c.rows_inserted - loads.c.rows_deleted),
            sa.func.coalesce(in_run, 0),
            sa.func.max(sa.func.coalesce(loads.c.extracted_until, loads.c.committed_at)),
        )
        .where(loads.c.committed_at.is_not(None), loads.c.run_id <= run_id)
        .group_by(loads.c.source)
        .order_by(loads.c.source)
    )
    return tuple(Source(row[0], int(row[1]), int(row[2]), row[3]) for row in reporting.rows(statement))


def balance(reporting: Reporting, run_id: int, aside: tuple[SetAside, ...]) -> Balance | None:
    """What this run read by what became of it, and all rows that ever came by where they are now.

    Raises:
        PageRefused: landing's counts contradict each other.
    """
    loads = _loads(reporting)
    if loads is None:
        return None
    run = _sums(reporting, loads, loads.c.run_id == run_id)
    adds_up(
        "rows read in this run", [run[c] for c in ("inserted", "updated", "unchanged", "stale", "rejected")], run["in"]
    )
    published = _sums(reporting, loads, loads.c.published_run_id.is_not(None))
    waiting = _sums(reporting, loads, loads.c.published_run_id.is_(None))
    set_aside = sum(a.open for a in aside)
    in_staging = sum(a.open for a in aside if a.stage == "staging")
    marked = _marked_deleted(reporting, run_id)
    deleted = published["deleted"] + waiting["deleted"] + marked
    came = published["inserted"] + waiting["inserted"] + set_aside - in_staging
    live = published["inserted"] - published["deleted"] - in_staging - marked
    unpublished = waiting["inserted"] - waiting["deleted"]
    adds_up("rows that ever came", [live, unpublished, set_aside, deleted], came)
    parts = [f"{count(live)} published", f"{count(set_aside)} set aside", f"{count(deleted)} deleted at the source"]
    parts += [f"{count(unpublished)} waiting to be published"] if unpublished else []
    return Balance((f"{plural(came, 'row')} in = {' + '.join(parts)}.", _this_run(run)), live + unpublished + marked)


def _marked_deleted(reporting: Reporting, run_id: int) -> int:
    """Rows that a source still sends but marks deleted, as the run's staging checks counted them."""
    if not reporting.has("run_steps", "run_id", "step", "attempt", "detail"):
        return 0
    steps = reporting.table("run_steps")
    mine = (steps.c.run_id == run_id) & (steps.c.step == "validate staging")
    row = reporting.one(sa.select(steps.c.detail).where(mine).order_by(steps.c.attempt.desc()).limit(1))
    return int((row[0] if row else {}).get("marked_deleted", 0))


def _this_run(run: dict[str, int]) -> str:
    names = (
        ("inserted", "new"),
        ("updated", "changed"),
        ("unchanged", "unchanged"),
        ("stale", "older than what is held"),
        ("rejected", "set aside"),
    )
    parts = [f"{count(run[name])} {word}" for name, word in names if run[name]]
    if not parts:
        return "This run read no row: nothing was new."
    gone = f"; {plural(run['deleted'], 'row was', 'rows were')} deleted at the source" if run["deleted"] else ""
    return f"This run: {plural(run['in'], 'row')} read = {' + '.join(parts)}{gone}."


def _loads(reporting: Reporting) -> sa.TableClause | None:
    needed = (
        "source",
        "run_id",
        "committed_at",
        "extracted_until",
        "published_run_id",
        *(f"rows_{c}" for c in _COUNTS),
    )
    return reporting.table("loads") if reporting.has("loads", *needed) else None


def _sums(reporting: Reporting, loads: sa.TableClause, chosen: sa.ColumnElement[Any]) -> dict[str, int]:
    sums = (sa.func.coalesce(sa.func.sum(loads.c[f"rows_{c}"]), 0) for c in _COUNTS)
    row = reporting.one(sa.select(*sums).where(loads.c.committed_at.is_not(None), chosen))
    return {c: int(v) for c, v in zip(_COUNTS, row or (), strict=True)}
