"""What is stored of one object between runs, in the transaction of each landing, and where a window stands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from extract.salesforce.bulk_job import Job
from extract.salesforce.fields import Ask

# Commits appear out of order: a row may show up with a time that an earlier window has passed.
LOOK_BACK = timedelta(seconds=600)
# Of objects whose deletions the org does not tell, all ids are compared: on each run, or daily where they are many.
SWEEP_EVERY = timedelta(days=1)
MANY = 100_000


@dataclass(frozen=True)
class Window:
    """The changes in [since, until), looked for from a little earlier; since None: from the beginning."""

    since: datetime | None
    until: datetime

    @property
    def begin(self) -> datetime | None:
        """What is asked for begins here."""
        return self.since - LOOK_BACK if self.since else None

    def query(self, asked: Ask) -> str:
        return asked.query(self.begin, self.until)


@dataclass(frozen=True)
class Place:
    """How far a window's rows have landed.

    Args:
        pages, rows: how many before.
        next: where the page to come is: of a job a `locator`, or a list of pages (`list`, its address) and the number
            of its pages before (`at`); of REST the last row (`modstamp`, `id`). Empty is the beginning.
    """

    pages: int = 0
    rows: int = 0
    next: Mapping[str, Any] | None = None

    def then(self, rows: int, following: Mapping[str, Any] | None) -> "Place":
        """After a page of so many rows."""
        return Place(self.pages + 1, self.rows + rows, following)


@dataclass(frozen=True)
class State:
    """What is stored of one object.

    Args:
        since: the end of the last window that landed whole; None before the first has.
        fields: API names that were asked for.
        swept: when all ids were last compared, and `ids`, how many there were.
        covered: until when deletions that the org tells have been taken over; None before anything was compared.
        standing: where a window stands that has landed in part: its bounds, its job if it has one, the page to come.
    """

    since: datetime | None = None
    fields: tuple[str, ...] = ()
    swept: datetime | None = None
    ids: int = 0
    covered: datetime | None = None
    standing: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, cursor: Mapping[str, Any]) -> Self:
        """From a stored cursor, which is empty before the first landing."""
        names = ("since", "swept", "covered")
        times = {name: datetime.fromisoformat(cursor[name]) for name in names if cursor.get(name)}
        return cls(
            fields=tuple(cursor.get("fields", ())), ids=cursor.get("ids", 0), standing=cursor.get("job"), **times
        )

    def cursor(self) -> Mapping[str, Any]:
        """As it is stored."""
        times = {"since": self.since, "swept": self.swept, "covered": self.covered}
        told = {name: time.isoformat() if time else None for name, time in times.items()}
        return told | {"fields": self.fields, "ids": self.ids, "job": self.standing}

    def at(self, window: Window, job: Job | None, place: Place) -> "State":
        """With the page that is to come."""
        since, until = window.since.isoformat() if window.since else None, window.until.isoformat()
        known = {"id": job.id, "version": job.version} if job else {"id": None, "version": None}
        where = {"next": place.next, "pages": place.pages, "rows": place.rows}
        return replace(self, standing={**known, "since": since, "until": until, **where})

    def done(self, window: Window, rows: int) -> "State":
        """With the whole window landed; the first of all holds every id that there is."""
        landed = replace(self, since=window.until, standing=None)
        if window.since is None and self.swept is None:
            return landed.compared(window.until, rows)
        return landed

    def compared(self, until: datetime, ids: int) -> "State":
        """With all ids compared, which also finds whatever was deleted before."""
        return replace(self, swept=until, ids=ids, covered=until)

    def is_sweep_due(self, until: datetime, every: timedelta, *, told: bool) -> bool:
        """Whether ids may have gone unnoticed since they were last compared, and it is time to compare them.

        Args:
            every: how often, where the org tells deletions.
            told: it has told all of them up to now.
        """
        if self.swept is None:
            return True
        if until <= self.swept:
            return False
        if told:
            return until - self.swept >= every
        return self.ids <= MANY or until - self.swept >= SWEEP_EVERY

    def going_on(self, what: str) -> tuple[Window, Job | None, Place] | None:
        """What is left of the window that a killed run was landing, and its job; None for a job that is no bulk job."""
        at = self.standing
        if at is None:
            return None
        since, until = (datetime.fromisoformat(at[name]) if at[name] else None for name in ("since", "until"))
        assert until is not None
        job = Job(at["id"], what, at["version"], "unknown") if at["id"] else None
        # Cursors of earlier versions hold the locator alone.
        following = at["next"] if "next" in at else {"locator": at["locator"]} if at.get("locator") else None
        return Window(since, until), job, Place(at["pages"], at["rows"], following)
