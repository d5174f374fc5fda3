"""Bulk API 2.0 query jobs: made, polled, read page by page, aborted, deleted."""

import base64
import itertools
import secrets
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from demo import ids
from demo.clock import as_time
from demo.query import Answer, run
from demo.render import DELIMITERS, stamp_text
from demo.running import Running
from demo.soql import QueryError, parse

PAGE = 100_000
STATES = ("UploadComplete", "InProgress", "JobComplete")


class JobError(Exception):
    """An answer other than 200: status, error code, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Job:
    """One query job; `answer` is the snapshot at its creation. It takes a poll to start and one to end."""

    id: str
    operation: str
    query: str
    object: str
    version: str
    created: int
    delimiter: str
    line_ending: str
    answer: Answer | None = None
    polls: int = 0
    aborted: bool = False
    error: str | None = None
    count_off: int = 0
    ready: threading.Event = field(default_factory=threading.Event)

    @property
    def state(self) -> str:
        if self.aborted:
            return "Aborted"
        if self.polls >= 2 and self.error:
            return "Failed"
        if not self.ready.is_set():
            return STATES[min(self.polls, 1)]
        return STATES[min(self.polls, 2)]

    def told(self) -> dict[str, Any]:
        """The job as the API tells it."""
        stamp = stamp_text(as_time(self.created))
        out: dict[str, Any] = {
            "id": self.id, "operation": self.operation, "object": self.object, "createdById": ids.one("User", 0),
            "createdDate": stamp, "systemModstamp": stamp, "state": self.state, "concurrencyMode": "Parallel",
            "contentType": "CSV", "apiVersion": float(self.version), "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }  # fmt: skip
        if self.polls:
            done = self.state == "JobComplete" and self.answer is not None
            rows = len(self.answer.rows) + self.count_off if done and self.answer else 0
            out |= {
                "jobType": "V2Query",
                "numberRecordsProcessed": rows,
                "retries": 0,
                "totalProcessingTime": rows // 100,
            }
            out |= {"isPkChunkingSupported": True}
        if self.state == "Failed":
            out["errorMessage"] = self.error
        return out


class Jobs:
    """All jobs of a running company."""

    def __init__(self, company: Running) -> None:
        self.company = company
        self._jobs: dict[str, Job] = {}
        # Never the id of a job that was deleted, or that an earlier server gave out.
        self._numbers = itertools.count(secrets.randbelow(2**31))
        self._lock = threading.Lock()

    def create(self, wish: Any, version: str, failing: str | None = None, count_off: int = 0) -> Job:
        """Start a job; its rows are found in a thread of its own.

        Raises:
            JobError: the wish is not one, or its query would be refused.
        """
        text, operation, delimiter, ending = _checked(wish)
        view = self.company.view
        try:
            source = parse(text).source
            run_now = run(
                view,
                f"SELECT {', '.join(parse(text).fields) or 'COUNT()'} FROM {source} LIMIT 0",
                include_deleted=True,
                bulk=True,
            )
        except QueryError as e:
            raise JobError(
                400, "INVALIDENTITY" if e.code == "INVALID_TYPE" else "API_ERROR", f"{e.code}: {e.message}"
            ) from None
        if not run_now.source.bulk:
            raise JobError(400, "INVALIDENTITY", f"Entity '{run_now.source.name}' is not supported by the Bulk API.")
        self.company.spend(jobs=1)
        with self._lock:
            job = Job(
                ids.one("QueryJob", next(self._numbers)), operation, text, run_now.source.name, version, view.clock, delimiter, ending
            )  # fmt: skip
            job.error, job.count_off = failing, count_off
            self._jobs[job.id] = job
        threading.Thread(target=self._work, args=(job, view), daemon=True).start()
        return job

    def _work(self, job: Job, view: Any) -> None:
        try:
            job.answer = run(view, job.query, include_deleted=job.operation == "queryAll", bulk=True)
        except QueryError as e:
            job.error = f"{e.code}: {e.message}"
        finally:
            job.ready.set()

    def find(self, key: str) -> Job:
        """Raises JobError 404."""
        job = self._jobs.get(key) or next((j for j in self._jobs.values() if j.id[:15] == key), None)
        if job is None:
            raise JobError(404, "NOT_FOUND", "The requested resource does not exist")
        return job

    def poll(self, key: str) -> Job:
        job = self.find(key)
        job.polls += 1
        if job.polls >= 2:
            job.ready.wait(0.2)
        return job

    def all(self) -> list[Job]:
        return list(self._jobs.values())

    def abort(self, key: str) -> Job:
        job = self.find(key)
        if job.state not in ("UploadComplete", "InProgress"):
            raise JobError(400, "INVALIDJOBSTATE", f"Aborting already {job.state.replace('Job', '')} Job not allowed")
        job.aborted = True
        return job

    def delete(self, key: str) -> None:
        job = self.find(key)
        if job.state in ("UploadComplete", "InProgress"):
            raise JobError(
                400, "API_ERROR", "Error encountered when deleting the job because the job is not terminated"
            )
        del self._jobs[job.id]

    def complete(self, key: str, version: str) -> tuple[Job, Answer]:
        """A finished job's rows.

        Raises:
            JobError: 404 no such job, 409 read with another version, 400 not finished.
        """
        job = self.find(key)
        if job.version != version:
            raise JobError(
                409, "VERSION_MISMATCH", f"The job was created with API version {job.version}; read it with that."
            )
        if job.state != "JobComplete" or job.answer is None:
            raise JobError(
                400, "INVALIDJOBSTATE", f"Job is in state {job.state}; results are available when it is JobComplete"
            )
        return job, job.answer


def _checked(wish: Any) -> tuple[str, str, str, str]:
    if not isinstance(wish, dict):
        raise JobError(400, "JSON_PARSER_ERROR", "The HTTP entity body is required and must be a JSON object")
    unknown = set(wish) - {"operation", "query", "contentType", "columnDelimiter", "lineEnding"}
    if unknown:
        raise JobError(400, "JSON_PARSER_ERROR", f'Unrecognized field "{min(unknown)}"')
    operation = wish.get("operation")
    if operation not in ("query", "queryAll"):
        raise JobError(400, "INVALIDJOB", f"Invalid operation: {operation}")
    if not isinstance(wish.get("query"), str):
        raise JobError(400, "INVALIDJOB", "No query specified")
    if wish.get("contentType", "CSV") != "CSV":
        raise JobError(400, "INVALIDJOB", "contentType must be CSV")
    delimiter, ending = wish.get("columnDelimiter", "COMMA"), wish.get("lineEnding", "LF")
    if delimiter not in DELIMITERS or ending not in ("LF", "CRLF"):
        raise JobError(400, "INVALIDJOB", "columnDelimiter or lineEnding is not one of the allowed values")
    return wish["query"], operation, delimiter, ending


def locator_of(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def offset_of(locator: str | None) -> int:
    """Raises JobError 400 for a locator this server never gave."""
    if locator in (None, "", "null"):
        return 0
    text = str(locator)
    try:
        offset = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        offset = ""
    if not offset.isdigit() or locator_of(int(offset)) != text:
        raise JobError(400, "INVALID_LOCATOR", f"Invalid locator: {text}")
    return int(offset)


def gzipped(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes as one gzip stream."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for part in parts:
        packed = packer.compress(part)
        if packed:
            yield packed
    yield packer.flush()
