"""Salesforce Bulk API 2.0 query jobs: start, poll, fetch, abort, delete.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attain.errors import SourceError
from attain.http import Client, Download, poll
from attain.http_verdict import Refused

log = logging.getLogger("attain.salesforce")

DONE = "JobComplete"
LISTED_SINCE = 58.0
ENDED = frozenset({DONE, "Failed", "Aborted"})


class NotByBulk(SourceError):
    """Bulk API 2.0 does not serve this object: read it by REST."""


class JobGone(SourceError):
    """The job is not there any more (results are kept for 7 days), or can never be read: ask anew."""


@dataclass(frozen=True)
class Job:
    """One query job as the org last described it.

    Args:
        what: the object asked for, which names the job in messages.
        version: API version that made it; its results must be read with the same.
        records: rows its pages must add up to; known when it is complete.
    """

    id: str
    what: str
    version: str
    state: str
    records: int = 0
    message: str = ""

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True)
class ResultPage:
    """A page of results, fetched whole.

    Args:
        rows: what the page says it holds.
        next: locator of the page after it; None at the end.
    """

    download: Download
    rows: int
    next: str | None


@dataclass(frozen=True)
class PageList:
    """Addresses of result pages in their order, and of the list that follows; None at the end."""

    pages: tuple[str, ...]
    next: str | None


@dataclass(frozen=True)
class BulkJobs:
    """The verbs on query jobs of one org."""

    client: Client

    def start(self, what: str, query: str, version: str) -> Job:
        """A new `queryAll` job, which also sees deleted and archived rows.

        Raises:
            NotByBulk: the object is not served this way.
            Refused: the query is not accepted.
        """
        try:
            answer = self.client.json(
                "POST",
                _path(version),
                what=f"{what}: starting a job",
                json={"operation": "queryAll", "query": query, "contentType": "CSV"},
            )
        except Refused as error:
            if error.code == "INVALIDENTITY":
                raise NotByBulk(f"{error} It is read by REST.") from error
            raise
        return _job(answer, what, version)

    def look(self, job: Job) -> Job:
        """The job as it is now; JobGone when the org does not know it."""
        what = f"{job.what}: job {job.id}"
        try:
            return _job(self.client.json("GET", f"{_path(job.version)}/{job.id}", what=what), job.what, job.version)
        except Refused as error:
            raise _gone(error, job) from error

    def first_ended(self, jobs: Sequence[Job], seconds: float) -> Job | None:
        """Whichever of the jobs is found to have ended first; None when the time is up."""
        return poll(lambda: self._first_ended(jobs), seconds=seconds)

    def _first_ended(self, jobs: Sequence[Job]) -> Job | None:
        seen = (job if job.ended else self.look(job) for job in jobs)
        return next((job for job in seen if job.ended), None)

    def page(self, job: Job, locator: str | None, most: int) -> ResultPage:
        """The page at the locator (None: the first), of at most so many rows; JobGone when it has expired."""
        params = {"maxRecords": str(most), **({"locator": locator} if locator else {})}
        page = self.fetch(job, f"{_path(job.version)}/{job.id}/results", params)
        if locator and page.next == locator:
            page.download.file.close()
            raise _unusable(job, "names itself as the next one")
        return page

    def fetch(self, job: Job, url: str, params: Mapping[str, str] | None = None) -> ResultPage:
        """The page of results at an address that the org gave; threads may fetch side by side."""
        what = f"{job.what}: job {job.id} results"
        try:
            download = self.client.download(url, kind="csv", what=what, params=params)
        except Refused as error:
            raise _gone(error, job) from error
        rows = download.headers.get("sforce-numberofrecords", "")
        if not rows.isdecimal():
            download.file.close()
            raise _unusable(job, "does not say how many rows it holds")
        following = download.headers.get("sforce-locator", "null")
        return ResultPage(download, int(rows), None if following in {"", "null"} else following)

    def listed(self, job: Job, url: str | None) -> PageList | None:
        """Addresses of the next result pages, up to five; url None: of the first.

        Returns:
            None when the org does not list pages, as API versions before 58.0.

        Raises:
            SourceError: an address leads elsewhere than to this job's results.
        """
        base = f"{_path(job.version)}/{job.id}"
        if float(job.version) < LISTED_SINCE:
            return None
        what = f"{job.what}: job {job.id} result pages"
        try:
            answer = self.client.json("GET", url or f"{base}/resultPages", what=what)
        except Refused as error:
            if error.status == 404 and url is None:
                return None
            raise _gone(error, job) from error
        try:
            pages = tuple(str(page["resultUrl"]) for page in answer["resultPages"])
            # The documentation has both spellings.
            following = answer.get("nextRecordsUrl") or answer.get("nextRecordUrl")
            end = bool(answer.get("done", following is None)) or not following
        except (KeyError, TypeError, AttributeError) as error:
            raise _unusable(job, "of addresses holds none") from error
        following = None if end else str(following)
        strange = [page for page in pages if not page.startswith(f"{base}/results?")]
        if strange or (following and not following.startswith(f"{base}/resultPages?")) or (url and following == url):
            raise _unusable(job, "of addresses leads elsewhere")
        return PageList(pages, following)

    def abort(self, job: Job) -> None:
        """Stop a job and forget its results; what the org says to that is logged, for the job expires anyway."""
        try:
            if not self.look(job).ended:
                self.client.request(
                    "PATCH",
                    f"{_path(job.version)}/{job.id}",
                    what=f"{job.what}: aborting job {job.id}",
                    json={"state": "Aborted"},
                    repeatable=True,
                )
            self.delete(job)
        except SourceError as error:
            log.warning("%s", error)

    def delete(self, job: Job) -> None:
        """Forget the results of an ended job; what the org says to that is logged, for they expire anyway."""
        try:
            self.client.request("DELETE", f"{_path(job.version)}/{job.id}", what=f"{job.what}: deleting job {job.id}")
        except SourceError as error:
            log.warning("%s", error)


def _unusable(job: Job, wrong: str) -> SourceError:
    return SourceError(
        f"salesforce.{job.what}: job {job.id} results: a page {wrong}. Nothing of it landed. Run again; if it stays, look "
        "for a proxy that changes headers or answers."
    )


def _gone(error: Refused, job: Job) -> SourceError:
    if error.status != 404:
        return error
    return JobGone(f"salesforce.{job.what}: job {job.id} is not there any more. Nothing more of it landed. Run again.")


def _path(version: str) -> str:
    return f"/services/data/v{version}/jobs/query"


def _job(answer: Mapping[str, Any], what: str, version: str) -> Job:
    try:
        if answer.get("object", what) != what:
            raise JobGone(f"salesforce.{what}: job {answer['id']} is one of {answer['object']}. Nothing of it landed.")
        return Job(
            str(answer["id"]),
            what,
            version,
            str(answer["state"]),
            int(answer.get("numberRecordsProcessed") or 0),
            str(answer.get("errorMessage") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(
            f"salesforce.{what}: the answer describes no query job. Nothing of it landed. Check that the address is the "
            "org's My Domain."
        ) from error
