"""Rows by source: what each sent, what the warehouse holds of it, and the balance of all rows that ever came."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from expectations.raw import STALE_HOURS
from report.check import adds_up
from report.data import Reporting, Row
from report.health import SetAside
from report.words import count, plural

LATE = timedelta(hours=STALE_HOURS)
_COUNTS = ("in", "inserted", "updated", "unchanged", "stale", "rejected", "deleted")


@dataclass(frozen=True)
class Source:
    """One source: rows alive, rows it sent in this run, and until when it was asked (files: when they were read).

    Args:
        behind: how far its clock lags behind the newest one; None where it has no clock.
    """

    name: str
    live: int
    rows_in: int
    until: datetime | None
    behind: timedelta | None

    @property
    def title(self) -> str:
        return "Company folder" if self.name == "company" else self.name.replace("_", " ").capitalize()

    @property
    def is_late(self) -> bool:
        """Whether it lags so far that a check warns of it."""
        return self.behind is not None and self.behind > LATE


@dataclass(frozen=True)
class Balance:
    """Sentences that add up, and how many rows are held."""

    sentences: tuple[str, ...]
    held: int


def read(reporting: Reporting, run_id: int, as_of: datetime) -> tuple[Source, ...]:
    """Each source with what it sent up to this run; of several accounts, the one that lags most."""
    loads = _loads(reporting)
    if loads is None:
        return ()
    in_run = sa.func.sum(loads.c.rows_in).filter(loads.c.run_id == run_id)
    statement = (
        sa.select(
            loads.c.source,
            sa.func.sum(loads.c.rows_inserted - loads.c.rows_deleted),
            sa.func.coalesce(in_run, 0),
            sa.func.max(loads.c.extracted_until),
            sa.func.max(loads.c.committed_at),
        )
        .where(loads.c.committed_at.is_not(None), loads.c.run_id <= run_id)
        .group_by(loads.c.source, loads.c.account)
        .order_by(loads.c.source)
    )
    accounts = reporting.rows(statement)
    newest = max([as_of, *(clock for *_, clock, _ in accounts if clock is not None)])
    return tuple(_source(name, list(rows), newest) for name, rows in groupby(accounts, key=lambda row: str(row[0])))


def _source(name: str, accounts: Sequence[Row], newest: datetime) -> Source:
    clocks = [clock for *_, clock, _ in accounts if clock is not None]
    until = min(clocks) if clocks else max(landed for *_, landed in accounts)
    behind = newest - until if clocks else None
    return Source(name, sum(int(row[1]) for row in accounts), sum(int(row[2]) for row in accounts), until, behind)


def balance(reporting: Reporting, run_id: int, aside: tuple[SetAside, ...], *, is_published: bool) -> Balance | None:
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
    staged = _staged(reporting, run_id)
    if staged is None:
        return Balance((_by_landing(reporting, loads, aside), _this_run(run)), _live(reporting, loads))
    at_landing = sum(a.open for a in aside if a.stage == "raw")
    adds_up("rows in raw, counted in staging", [staged.alive, staged.aside, staged.deleted], staged.raw)
    now = "published" if is_published else "waiting to be published"
    sentence = (
        f"{plural(staged.raw + at_landing, 'row')} in = {count(staged.alive)} {now} "
        f"+ {count(staged.aside + at_landing)} set aside + {count(staged.deleted)} deleted at the source."
    )
    lists = _live(reporting, loads) - staged.raw
    more = f"{plural(lists, 'more row holds', 'more rows hold')} settings and lists." if lists > 0 else ""
    return Balance(tuple(filter(None, (sentence, more, _this_run(run)))), staged.raw)


@dataclass(frozen=True)
class _Staged:
    """Rows in raw, and of these alive, set aside and deleted at the source."""

    raw: int
    alive: int
    aside: int
    deleted: int


def _staged(reporting: Reporting, run_id: int) -> _Staged | None:
    """As the check between raw and staging measured them in this run; None where it did not come so far."""
    if not reporting.has("validation_results", "run_id", "stage", "measured", "checked_at"):
        return None
    results = reporting.table("validation_results")
    names = [f"rows_{field.name}" for field in fields(_Staged)]
    measured = sa.type_coerce(results.c.measured, JSONB)
    statement = (
        sa.select(*(sa.cast(measured[name].astext, sa.BigInteger) for name in names))
        .where(results.c.run_id == run_id, results.c.stage == "staging", *(measured.has_key(name) for name in names))
        .order_by(results.c.checked_at.desc())
    )
    row = reporting.one(statement)
    return _Staged(*row) if row else None


def _by_landing(reporting: Reporting, loads: sa.TableClause, aside: tuple[SetAside, ...]) -> str:
    """The same by what landing counted, for a run that did not come to its staging."""
    all_loads = _sums(reporting, loads, sa.true())
    at_landing = sum(a.open for a in aside if a.stage == "raw")
    live = all_loads["inserted"] - all_loads["deleted"]
    came = all_loads["inserted"] + at_landing
    return (
        f"{plural(came, 'row')} in = {count(live)} held + {count(at_landing)} set aside "
        f"+ {count(all_loads['deleted'])} deleted at the source."
    )


def _live(reporting: Reporting, loads: sa.TableClause) -> int:
    sums = _sums(reporting, loads, sa.true())
    return sums["inserted"] - sums["deleted"]


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
        "account",
        "extracted_until",
        "published_run_id",
        *(f"rows_{c}" for c in _COUNTS),
    )
    return reporting.table("loads") if reporting.has("loads", *needed) else None


def _sums(reporting: Reporting, loads: sa.TableClause, chosen: sa.ColumnElement[Any]) -> dict[str, int]:
    sums = (sa.func.coalesce(sa.func.sum(loads.c[f"rows_{c}"]), 0) for c in _COUNTS)
    row = reporting.one(sa.select(*sums).where(loads.c.committed_at.is_not(None), chosen))
    return {c: int(v) for c, v in zip(_COUNTS, row or (), strict=True)}
