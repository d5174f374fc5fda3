"""From windows of changes to landings: one job per object, page by page, and where to go on after a kill."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime

from attain.errors import SourceError, SourceRefused, SourceUnavailable
from extract.salesforce.auth import SalesforceSettings
from extract.salesforce.bulk_job import DONE, BulkJobs, Job, JobGone
from extract.salesforce.csv import pages
from extract.salesforce.errors import of_job
from extract.salesforce.fetching import fetched
from extract.salesforce.fields import Ask
from extract.salesforce.state import Place, State, Window
from extract.source import Batch, Page

log = logging.getLogger("attain.salesforce")

NAME = "salesforce"
# Seconds after which a job is worth being known to the next run before its first page has landed.
SHORT = 5.0


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
        """A new job, which is aborted unless a cursor comes to know it.

        Raises:
            NotByBulk: this object is read by REST.
        """
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
                now = self.ended(jobs)
            asked, window, _ = pending.pop(now.id)
            yield from self.land(asked, window, now, Place())

    def land(self, asked: Ask, window: Window, job: Job, place: Place, *, last: bool = True) -> Iterator[Batch]:
        """The landings of a job from a place on, and of a new job over the same window should that one be gone.

        Args:
            last: no other window of this object follows in this run.
        """
        try:
            yield from self._pages(asked, window, self.ended([job]), place, last=last)
        except JobGone as error:
            log.info("%s Asking anew for the same window.", error)
            self.unrecorded.pop(job.id, None)
            anew = self.start(asked, window.query(asked))
            yield from self._pages(asked, window, self.ended([anew]), Place(), last=last)

    def _record(self, pending: Iterable[tuple[Ask, Window, Job]]) -> Iterator[Batch]:
        """Landings without rows, which make jobs that take their time known to the next run."""
        for asked, window, job in pending:
            if job.id in self.unrecorded:
                state = self.state(asked).at(window, job, Place())
                yield from self.landed(job, state, self.rows(asked, f"job {job.id} started", iter(())))

    def _pages(self, asked: Ask, window: Window, job: Job, place: Place, *, last: bool) -> Iterator[Batch]:
        now = self.complete(job)
        settings = self.settings
        with closing(fetched(self.jobs, now, place.next, settings.page_rows, settings.ahead)) as found:
            for page, following in found:
                place = place.then(page.rows, following)
                part = f"job {job.id} page {place.pages}"
                with page.download.file as file:
                    rows = pages(file, asked.table, asked.fields, page.rows, f"{NAME}.{asked.object}: {part}", part)
                    if following is not None:
                        state, until = self.state(asked).at(window, job, place), None
                    else:
                        self.check_sum(now, place.rows)
                        state, until = self.state(asked).done(window, place.rows), window.until if last else None
                    yield from self.landed(job, state, self.rows(asked, part, rows, until))
        self.jobs.delete(now)

    def landed(self, job: Job | None, state: State, batch: Batch) -> Iterator[Batch]:
        """Hand a batch out; when the next one is asked for it has landed, so its state stands and its job is known."""
        yield replace(batch, cursor=state.cursor())
        self.states[batch.table.name] = state
        if job is not None:
            self.unrecorded.pop(job.id, None)

    def rows(self, asked: Ask, part: str, rows: Iterator[Page], until: datetime | None = None) -> Batch:
        """A batch of the object's rows; `until`: with it the object is whole up to then."""
        return Batch(asked.table, self.account, "upsert", part, rows, extracted_until=until)

    def state(self, asked: Ask) -> State:
        """What is known of the object, with the fields that are asked for now."""
        return replace(self.states.get(asked.table.name, State()), fields=tuple(sorted(asked.fields.values())))

    def check_sum(self, job: Job, rows: int) -> None:
        """SourceError unless the pages hold as many rows as the job counts."""
        if rows != job.records:
            self.jobs.delete(job)
            raise SourceError(
                f"{NAME}.{job.what}: the pages of job {job.id} hold {rows} rows, but the job counts {job.records}. The last "
                "page did not land. Run again, which asks anew for the same window."
            )

    def ended(self, jobs: list[Job]) -> Job:
        """The first of the jobs that has ended; SourceUnavailable when that takes too long."""
        found = self.jobs.first_ended(jobs, self.settings.job_seconds)
        if found is None:
            raise SourceUnavailable(
                f"{NAME}.{jobs[0].what}: job {jobs[0].id} still runs after {self.settings.job_seconds:.0f} s. It goes on in "
                "the org; nothing of it landed. Run again later, which takes the same job up."
            )
        return found

    def complete(self, job: Job) -> Job:
        """The job if it has done its work; else its error in words."""
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
