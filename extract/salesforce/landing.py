"""From windows of changes to landings: one job per object, page by page, and where to go on after a kill."""

import logging
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from attain.errors import SourceError, SourceRefused, SourceUnavailable
from extract.salesforce.auth import SalesforceSettings
from extract.salesforce.bulk_job import DONE, BulkJobs, Job, JobGone, ResultPage
from extract.salesforce.csv import pages
from extract.salesforce.errors import of_job
from extract.salesforce.fields import Ask
from extract.source import Batch, Page

log = logging.getLogger("attain.salesforce")

NAME = "salesforce"
# Commits appear out of order: a row may show up with a time that an earlier window has passed.
LOOK_BACK = timedelta(seconds=600)
# A purged row leaves nothing but its absence, so all ids are compared: on each run, or daily where they are many.
SWEEP_EVERY = timedelta(days=1)
MANY = 100_000
IDS_PER_PAGE = 250_000
# So few may go at once, whatever share of an object they are.
FEW = 10
# Seconds after which a job is worth being known to the next run before its first page has landed.
SHORT = 5.0


@dataclass(frozen=True)
class Window:
    """The changes in [since, until), looked for from a little earlier; since None: from the beginning."""

    since: datetime | None
    until: datetime

    def query(self, asked: Ask) -> str:
        return asked.query(self.since - LOOK_BACK if self.since else None, self.until)


@dataclass(frozen=True)
class Place:
    """How far a job's results have landed: pages and rows before, and the locator of the page to come."""

    pages: int = 0
    rows: int = 0
    locator: str | None = None


@dataclass(frozen=True)
class State:
    """What is stored of one object, in the transaction of each landing.

    Args:
        since: the end of the last window that landed whole; None before the first has.
        fields: API names that were asked for.
        swept: when all ids were last compared, and `ids`, how many there were.
        standing: where a window stands that has landed in part: its bounds, its job, and the page to come.
    """

    since: datetime | None = None
    fields: tuple[str, ...] = ()
    swept: datetime | None = None
    ids: int = 0
    standing: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, cursor: Mapping[str, Any]) -> Self:
        """From a stored cursor, which is empty before the first landing."""
        times = {name: datetime.fromisoformat(cursor[name]) for name in ("since", "swept") if cursor.get(name)}
        return cls(
            fields=tuple(cursor.get("fields", ())), ids=cursor.get("ids", 0), standing=cursor.get("job"), **times
        )

    def cursor(self) -> Mapping[str, Any]:
        """As it is stored."""
        times = {"since": self.since, "swept": self.swept}
        told = {name: time.isoformat() if time else None for name, time in times.items()}
        return told | {"fields": self.fields, "ids": self.ids, "job": self.standing}

    def at(self, window: Window, job: Job, place: Place) -> "State":
        """With the job's page that is to come."""
        since, until = window.since.isoformat() if window.since else None, window.until.isoformat()
        where = {"locator": place.locator, "pages": place.pages, "rows": place.rows}
        return replace(self, standing={"id": job.id, "version": job.version, "since": since, "until": until, **where})

    def done(self, window: Window, rows: int) -> "State":
        """With the whole window landed; the first of all holds every id that there is."""
        landed = replace(self, since=window.until, standing=None)
        return replace(landed, swept=window.until, ids=rows) if window.since is None and self.swept is None else landed

    def is_sweep_due(self, until: datetime) -> bool:
        """Whether ids may have gone since they were last compared, and comparing them is cheap or a day has passed."""
        if self.swept is None:
            return True
        return until > self.swept and (self.ids <= MANY or until - self.swept >= SWEEP_EVERY)

    def going_on(self, what: str) -> tuple[Window, Job, Place] | None:
        """What is left of the window that a killed run was landing."""
        at = self.standing
        if at is None:
            return None
        since, until = (datetime.fromisoformat(at[name]) if at[name] else None for name in ("since", "until"))
        assert until is not None
        return (
            Window(since, until),
            Job(at["id"], what, at["version"], "unknown"),
            Place(at["pages"], at["rows"], at["locator"]),
        )


@dataclass
class Extraction:
    """One run's reading of one org.

    Args:
        states: what each table's cursor says by now.
        unrecorded: jobs that no cursor knows yet, to be aborted if this run ends before one does.
    """

    jobs: BulkJobs
    settings: SalesforceSettings
    account: str
    states: dict[str, State] = field(default_factory=dict)
    unrecorded: dict[str, Job] = field(default_factory=dict)

    def start(self, asked: Ask, query: str) -> Job:
        job = self.jobs.start(asked.object, query, self.settings.version)
        self.unrecorded[job.id] = job
        return job

    def windows(self, started: list[tuple[Ask, Window, Job]]) -> Iterator[Batch]:
        """The landings of new jobs, whichever has ended first."""
        pending = {job.id: (asked, window, job) for asked, window, job in started}
        while pending:
            jobs = [job for _, _, job in pending.values()]
            now = self.jobs.first_ended(jobs, min(SHORT, self.settings.job_seconds))
            if now is None:
                yield from self._record(pending.values())
                now = self._ended(jobs)
            asked, window, _ = pending.pop(now.id)
            yield from self.land(asked, window, now, Place())

    def land(self, asked: Ask, window: Window, job: Job, place: Place, *, last: bool = True) -> Iterator[Batch]:
        """The landings of a job from a place on, and of a new job over the same window should that one be gone.

        Args:
            last: no other window of this object follows in this run.
        """
        try:
            yield from self._pages(asked, window, self._ended([job]), place, last=last)
        except JobGone as error:
            log.info("%s Asking anew for the same window.", error)
            self.unrecorded.pop(job.id, None)
            anew = self.start(asked, window.query(asked))
            yield from self._pages(asked, window, self._ended([anew]), Place(), last=last)

    def _record(self, pending: Iterable[tuple[Ask, Window, Job]]) -> Iterator[Batch]:
        """Landings without rows, which make jobs that take their time known to the next run."""
        for asked, window, job in pending:
            if job.id in self.unrecorded:
                state = self._state(asked).at(window, job, Place())
                yield from self._landed(job, state, self._rows(asked, f"job {job.id} started", iter(())))

    def _pages(self, asked: Ask, window: Window, job: Job, place: Place, *, last: bool) -> Iterator[Batch]:
        now = self._complete(job)
        with closing(self._fetched(now, place.locator, self.settings.page_rows)) as fetched:
            for page in fetched:
                place = Place(place.pages + 1, place.rows + page.rows, page.next)
                part = f"job {job.id} page {place.pages}"
                with page.download.file as file:
                    rows = pages(file, asked.table, asked.fields, page.rows, f"{NAME}.{asked.object}: {part}", part)
                    if page.next is not None:
                        state, until = self._state(asked).at(window, job, place), None
                    else:
                        self._check_sum(now, place.rows)
                        state, until = self._state(asked).done(window, place.rows), window.until if last else None
                    yield from self._landed(job, state, self._rows(asked, part, rows, until))
        self.jobs.delete(now)

    def _fetched(self, job: Job, locator: str | None, most: int) -> Generator[ResultPage, None, None]:
        """The pages from a locator on; while one lands, the one after it is fetched. The client is never used by two."""
        with ThreadPoolExecutor(1) as ahead:
            page = self.jobs.page(job, locator, most)
            while page.next is not None:
                following = ahead.submit(self.jobs.page, job, page.next, most)
                try:
                    yield page
                except GeneratorExit:
                    following.add_done_callback(_forget)
                    raise
                page = following.result()
            yield page

    def sweep(self, asks: list[Ask], until: datetime) -> Iterator[Batch]:
        """The landings of all ids of the objects whose sweep is due; asked for after their rows have landed."""
        due = [asked for asked in asks if self._state(asked).is_sweep_due(until)]
        started = [(asked, self.start(asked, f"SELECT Id FROM {asked.object}")) for asked in due]
        pending = {job.id: (asked, job) for asked, job in started}
        while pending:
            now = self._ended([job for _, job in pending.values()])
            asked, _ = pending.pop(now.id)
            self._complete(now)
            before = self._state(asked)
            few = before.ids - now.records <= FEW
            batch = Batch(
                asked.ids,
                self.account,
                "sweep",
                f"job {now.id} ids",
                self._ids(asked, now),
                max_deletions=1.0 if few else self.settings.max_deletions,
            )
            yield from self._landed(now, replace(before, swept=until, ids=now.records), batch)
            self.jobs.delete(now)

    def _ids(self, asked: Ask, job: Job) -> Iterator[Page]:
        """All pages in one landing: an id is only known to be gone once all have been seen."""
        rows, part = 0, f"job {job.id} ids"
        with closing(self._fetched(job, None, IDS_PER_PAGE)) as fetched:
            for page in fetched:
                rows += page.rows
                with page.download.file as file:
                    yield from pages(file, asked.ids, asked.fields, page.rows, f"{NAME}.{asked.object}: {part}", part)
        self._check_sum(job, rows)

    def _landed(self, job: Job, state: State, batch: Batch) -> Iterator[Batch]:
        """Hand a batch out; when the next one is asked for it has landed, so its state stands and its job is known."""
        yield replace(batch, cursor=state.cursor())
        self.states[batch.table.name] = state
        self.unrecorded.pop(job.id, None)

    def _rows(self, asked: Ask, part: str, rows: Iterator[Page], until: datetime | None = None) -> Batch:
        return Batch(asked.table, self.account, "upsert", part, rows, extracted_until=until)

    def _state(self, asked: Ask) -> State:
        return replace(self.states.get(asked.table.name, State()), fields=tuple(sorted(asked.fields.values())))

    def _check_sum(self, job: Job, rows: int) -> None:
        if rows != job.records:
            self.jobs.delete(job)
            raise SourceError(
                f"{NAME}.{job.what}: the pages of job {job.id} hold {rows} rows, but the job counts {job.records}. The last "
                "page did not land. Run again, which asks anew for the same window."
            )

    def _ended(self, jobs: list[Job]) -> Job:
        """The first of the jobs that has ended."""
        found = self.jobs.first_ended(jobs, self.settings.job_seconds)
        if found is None:
            raise SourceUnavailable(
                f"{NAME}.{jobs[0].what}: job {jobs[0].id} still runs after {self.settings.job_seconds:.0f} s. It goes on in "
                "the org; nothing of it landed. Run again later, which takes the same job up."
            )
        return found

    def _complete(self, job: Job) -> Job:
        if job.state == DONE:
            return job
        found = of_job(job.message)
        said = f"{NAME}.{job.what}: job {job.id} {job.state}: {found.code or 'no code'}, {found.reason}."
        self.jobs.delete(job)
        if job.state == "Aborted" or found.action in {"retry", "later"}:
            raise SourceUnavailable(f"{said} Nothing more of it landed. Run again, which asks anew.")
        raise SourceRefused(f"{said} Nothing more of it landed. {found.advice}")

    def abandon(self) -> None:
        """Abort the jobs that no cursor knows."""
        for job in self.unrecorded.values():
            self.jobs.abort(job)


def _forget(fetched: Future[ResultPage]) -> None:
    """Give back the space of a page that nobody waits for any more."""
    if fetched.exception() is None:
        fetched.result().download.file.close()
