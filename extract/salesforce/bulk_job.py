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
ENDED = frozenset({DONE, "Failed", "Aborted"})


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
class BulkJobs:
    """The verbs on query jobs of one org."""

    client: Client

    def start(self, what: str, query: str, version: str) -> Job:
        """A new `queryAll` job, which also sees deleted and archived rows.

        Raises:
            Refused: the query is not accepted.
        """
        answer = self.client.json(
            "POST",
            _path(version),
            what=f"{what}: starting a job",
            json={"operation": "queryAll", "query": query, "contentType": "CSV"},
        )
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
        what = f"{job.what}: job {job.id} results"
        params = {"maxRecords": str(most), **({"locator": locator} if locator else {})}
        try:
            download = self.client.download(
                f"{_path(job.version)}/{job.id}/results", kind="csv", what=what, params=params
            )
        except Refused as error:
            raise _gone(error, job) from error
        following = download.headers.get("sforce-locator", "null")
        rows = download.headers.get("sforce-numberofrecords", "")
        if not rows.isdecimal() or (locator and following == locator):
            download.file.close()
            wrong = "names itself as the next one" if rows.isdecimal() else "does not say how many rows it holds"
            raise SourceError(
                f"salesforce.{what}: a page {wrong}. Nothing of it landed. Run again; if it stays, look for a proxy "
                "that changes headers."
            )
        return ResultPage(download, int(rows), None if following in {"", "null"} else following)

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
