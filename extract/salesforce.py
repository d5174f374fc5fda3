"""Salesforce by REST `describe` and Bulk API 2.0: what changed, by the org's own clock, page by page.

Limits: 10,000 query jobs and 1 TB of results in 24 hours; results are kept for 7 days.
https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/
"""

import logging
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from attain.errors import SourceError, SourceRefused, SourceUnavailable
from attain.http import Client
from attain.http_verdict import Refused, clock
from attain.table import Table
from extract.bulk_job import DONE, BulkJobs, Job, JobGone
from extract.salesforce_auth import ClientCredentials, SalesforceSettings
from extract.salesforce_csv import pages
from extract.salesforce_errors import judge, of_job
from extract.salesforce_fields import Ask, ask
from extract.salesforce_objects import OBJECTS
from extract.source import Batch, Cursors, Page

log = logging.getLogger("attain.salesforce")

NAME = "salesforce"
# Commits appear out of order: a row may show up with a time that an earlier window has passed.
LOOK_BACK = timedelta(seconds=600)
# Without deals there is nothing to warehouse, so an org that hides them is refused and not skipped.
NEEDED = "Opportunity"
NEARLY_SPENT = 0.9


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


@dataclass
class Extraction:
    """One run's reading of one org.

    Args:
        unrecorded: jobs that no cursor knows yet, to be aborted if this run ends before one does.
    """

    jobs: BulkJobs
    settings: SalesforceSettings
    account: str
    unrecorded: dict[str, Job] = field(default_factory=dict)

    def start(self, asked: Ask, window: Window) -> Job:
        job = self.jobs.start(asked.object, window.query(asked), self.settings.version)
        self.unrecorded[job.id] = job
        return job

    def land(self, asked: Ask, window: Window, job: Job, place: Place, *, last: bool = True) -> Iterator[Batch]:
        """The landings of a job from a place on, and of a new job over the same window should that one be gone.

        Args:
            last: no other window of this object follows in this run.
        """
        try:
            yield from self._pages(asked, window, job, place, last=last)
        except JobGone as error:
            log.info("%s Asking anew for the same window.", error)
            self.unrecorded.pop(job.id, None)
            yield from self._pages(asked, window, self.start(asked, window), Place(), last=last)

    def _pages(self, asked: Ask, window: Window, job: Job, place: Place, *, last: bool) -> Iterator[Batch]:
        now = self.jobs.look(job)
        if not now.ended and job.id in self.unrecorded:
            yield self._batch(asked, f"job {job.id} started", iter(()), _standing(asked, window, job, place), None)
            self.unrecorded.pop(job.id, None)
        now = self._complete(self.jobs.wait(now, self.settings.job_seconds))
        while True:
            page = self.jobs.page(now, place.locator, self.settings.page_rows)
            place = Place(place.pages + 1, place.rows + page.rows, page.next)
            part = f"job {job.id} page {place.pages}"
            where = f"{NAME}.{asked.object}: {part}"
            at_end = page.next is None
            if at_end and place.rows != now.records:
                page.download.file.close()
                self.jobs.delete(now)
                raise SourceError(
                    f"{NAME}.{asked.object}: the pages of job {job.id} hold {place.rows} rows, but the job counts "
                    f"{now.records}. The last page did not land. Run again, which asks anew for the same window."
                )
            with page.download.file as file:
                yield self._batch(
                    asked,
                    part,
                    pages(file, asked.table, asked.fields, page.rows, where, part),
                    _finished(asked, window) if at_end else _standing(asked, window, job, place),
                    window.until if at_end and last else None,
                )
            self.unrecorded.pop(job.id, None)
            if at_end:
                break
        self.jobs.delete(now)

    def _batch(
        self, asked: Ask, part: str, rows: Iterator[Page], cursor: Mapping[str, Any], until: datetime | None
    ) -> Batch:
        return Batch(asked.table, self.account, "upsert", part, rows, cursor, until)

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


def _finished(asked: Ask, window: Window) -> Mapping[str, Any]:
    return {"since": window.until.isoformat(), "fields": sorted(asked.fields.values())}


def _standing(asked: Ask, window: Window, job: Job, place: Place) -> Mapping[str, Any]:
    return {
        "since": window.since.isoformat() if window.since else None,
        "until": window.until.isoformat(),
        "fields": sorted(asked.fields.values()),
        "job_id": job.id,
        "version": job.version,
        "locator": place.locator,
        "pages": place.pages,
        "rows": place.rows,
    }


class Salesforce:
    """The source: see `extract.source.Source`."""

    name = NAME

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(OBJECTS.values())

    def batches(self, settings: SalesforceSettings, account: str, cursors: Cursors) -> Generator[Batch, None, None]:
        """What changed since the cursors; jobs for all objects run in the org side by side.

        Raises:
            SourceUnavailable: worth another run later, which goes on where this one stood.
            SourceRefused: a person must change something first.
            SourceError: an answer that cannot be used.
        """
        with client(settings) as api:
            run = Extraction(BulkJobs(api), settings, account)
            try:
                asks, until = describe_all(api, settings)
                started = [(one, *_start(run, one, cursors.of(one.table), until)) for one in asks]
                for asked, window, job in started:
                    yield from _resumed(run, asked, cursors.of(asked.table), window)
                    yield from run.land(asked, window, job, Place())
            except SourceUnavailable:
                # It would not answer to an abort either.
                run.unrecorded.clear()
                raise
            finally:
                run.abandon()


SOURCE = Salesforce()


def client(settings: SalesforceSettings) -> Client:
    """A client that logs in to the org by itself."""
    return Client(
        NAME, settings.url, ClientCredentials(settings), judge, headers={"Accept": "application/json, text/csv"}
    )


def describe_all(api: Client, settings: SalesforceSettings) -> tuple[list[Ask], datetime]:
    """What to ask this org for, and its clock before any of it is asked."""
    asks: list[Ask] = []
    skipped: list[str] = []
    until: datetime | None = None
    for name, table in OBJECTS.items():
        what = f"{name}: describe"
        try:
            response = api.request("GET", f"/services/data/v{settings.version}/sobjects/{name}/describe", what=what)
        except Refused as error:
            _unless_missing(name, error)
            skipped.append(name)
            continue
        if until is None:
            until = clock(response, f"{NAME}.{what}")
            _warn_of_limit(response)
        asks.append(ask(name, table, api.parsed(response, what=what)))
    if until is None:
        raise SourceRefused(f"{NAME}: no object is visible. Nothing was read. Grant the run-as user read access.")
    if skipped:
        log.warning(
            "%s: not in this org, or not visible to the run-as user: %s. Their tables stay as they are.",
            NAME,
            ", ".join(skipped),
        )
    return asks, until


def _unless_missing(name: str, error: Refused) -> None:
    missing = error.status == httpx.codes.NOT_FOUND or error.code in {"INVALID_TYPE", "INSUFFICIENT_ACCESS"}
    if not missing:
        raise error
    if name == NEEDED:
        raise SourceRefused(
            f"{NAME}.{name}: not in this org, or not visible to the run-as user. Nothing was read. Grant it read access to "
            "all opportunities, and check the API version."
        ) from error


def _warn_of_limit(response: httpx.Response) -> None:
    used = re.search(r"api-usage=(\d+)/(\d+)", response.headers.get("sforce-limit-info", ""))
    if used and int(used[1]) > NEARLY_SPENT * int(used[2]):
        log.warning("%s: %s of %s API requests of the last 24 hours are used", NAME, used[1], used[2])


def _start(run: Extraction, asked: Ask, cursor: Mapping[str, Any], until: datetime) -> tuple[Window, Job]:
    """The job for what is new, over everything when fields have appeared: old rows hold them too."""
    since = cursor.get("until" if "job_id" in cursor else "since")
    appeared = _appeared(asked, cursor)
    if appeared:
        log.info("%s.%s: read anew from the beginning for new fields: %s", NAME, asked.object, ", ".join(appeared))
    window = Window(datetime.fromisoformat(since) if since and not appeared else None, until)
    return window, run.start(asked, window)


def _appeared(asked: Ask, cursor: Mapping[str, Any]) -> list[str]:
    known = cursor.get("fields")
    return sorted(set(asked.fields.values()) - set(known)) if known is not None else []


def _resumed(run: Extraction, asked: Ask, cursor: Mapping[str, Any], following: Window) -> Iterator[Batch]:
    """What is left of the job that a killed run was landing, unless the window that follows holds it all."""
    if "job_id" not in cursor:
        return
    job = Job(cursor["job_id"], asked.object, cursor["version"], "unknown")
    if following.since is None:
        run.jobs.abort(job)
        return
    since = cursor["since"]
    window = Window(datetime.fromisoformat(since) if since else None, datetime.fromisoformat(cursor["until"]))
    place = Place(cursor["pages"], cursor["rows"], cursor["locator"])
    log.info("%s.%s: going on with job %s after page %d", NAME, asked.object, job.id, place.pages)
    yield from run.land(asked, window, job, place, last=False)
