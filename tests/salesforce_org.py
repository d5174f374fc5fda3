"""A Salesforce org for faults: small, over real HTTP, and as ill-behaved as a test asks it to be.

The demo company serves believable data; this one serves what a test puts in, exactly as documented for v68.0, and
misbehaves on request: ended sessions, limits, cut pages, expired jobs, jobs that never end.
"""

import asyncio
import csv
import gzip
import io
import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT_ID, SECRET = "3MVG9.test", "s3cret-of-the-org"
USER = "integration@acme.example"
START = datetime(2026, 9, 10, 6, tzinfo=UTC)
Row = dict[str, str | None]
Fault = Callable[[Request], Response | None]

_SOQL = re.compile(r"SELECT (.+) FROM (\w+)(?: WHERE (.+))?")
_TEST = re.compile(r"(\w+) (>=|<) (\S+)")


def stamp(time: datetime) -> str:
    """A time as bulk CSV writes it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Job:
    object: str
    columns: list[str]
    rows: list[Row]
    query: str
    looks: int = 0
    state: str | None = None
    message: str = ""


@dataclass
class Org:
    """What the org holds, and what went on.

    Args:
        fields: object -> field -> type (or a whole field description).
        looks: how often a job is asked after before it is complete.
        listed: rows of the pages that `resultPages` lists; 0: it is not there, as before version 58.0.
        slow: seconds that a page of results takes; `at_once` is how many were asked for at the same time at most.
        deleted: object -> id -> when it was deleted, as the delete log has it, of objects that have one.
        allowance: requests of a day and how many are left, None: it is not told; each request takes one.
        key: the certificate of the app that logs in by JWT, for `USER` at `audience`.
        asked: the requests that came, as `GET /services/...` with their query, in order.
    """

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    now: datetime = START
    looks: int = 0
    faults: list[Fault] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    token: str = ""
    logins: int = 0
    miscount: int = 0
    listed: int = 0
    slow: float = 0.0
    at_once: int = 0
    deleted: dict[str, dict[str, datetime]] = field(default_factory=dict)
    allowance: list[int] | None = None
    key: RSAPublicKey | None = None
    audience: str = ""
    instance: str = ""
    skews: list[float] = field(default_factory=list)
    _fetching: int = 0
    url: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def put(self, name: str, *rows: Row) -> None:
        """Insert or replace rows by Id; each is stamped with the org's clock unless it says otherwise."""
        held = {str(row["Id"]): row for row in self.rows.get(name, [])}
        for row in rows:
            held[str(row["Id"])] = {"SystemModstamp": stamp(self.now), "CreatedDate": stamp(self.now), **row}
        self.rows[name] = list(held.values())

    def advance(self, by: timedelta) -> None:
        self.now += by

    def fail(self, path: str, *answers: Response) -> None:
        """Answer requests whose method and path hold the pattern with these, one after the other, then as usual."""
        waiting = list(answers)

        def fault(request: Request) -> Response | None:
            line = f"{request.method} {request.url.path}?{request.url.query}"
            return waiting.pop(0) if waiting and re.search(path, line) else None

        self.faults.append(fault)

    def count(self, path: str) -> int:
        """How many requests held the pattern."""
        return sum(bool(re.search(path, line)) for line in self.asked)

    def started(self) -> Counter[str]:
        """How many jobs were started, by object."""
        return Counter(job.object for job in self.jobs.values())

    async def handle(self, request: Request) -> Response:
        self.asked.append(f"{request.method} {request.url.path}?{request.url.query}")
        for fault in self.faults:
            answer = fault(request)
            if answer is not None:
                return self._dated(answer)
        if request.url.path == "/services/oauth2/token":
            return self._dated(self._login(parse_qs((await request.body()).decode())))
        if not self.token or request.headers.get("authorization") != f"Bearer {self.token}":
            return self._dated(error(401, "INVALID_SESSION_ID", "Session expired or invalid"))
        if self.allowance is not None:
            self.allowance[1] -= 1
        body = await request.json() if request.method in {"POST", "PATCH"} else {}
        if request.url.path.endswith("/results"):
            self._fetching += 1
            self.at_once = max(self.at_once, self._fetching)
            await asyncio.sleep(self.slow)
            self._fetching -= 1
        return self._dated(self._serve(request, body))

    def _dated(self, response: Response) -> Response:
        response.headers.setdefault("Date", format_datetime(self.now, usegmt=True))
        if self.allowance is not None:
            most, left = self.allowance
            response.headers["Sforce-Limit-Info"] = f"api-usage={most - left}/{most}; per-app-api-usage=1/2(appName=x)"
        return response

    def _login(self, form: dict[str, list[str]]) -> Response:
        if form.get("grant_type") == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
            refused = self._refused(form["assertion"][0])
            if refused:
                return JSONResponse({"error": "invalid_grant", "error_description": refused}, 400)
        elif form.get("client_id") != [CLIENT_ID] or form.get("client_secret") != [SECRET]:
            return JSONResponse({"error": "invalid_client", "error_description": "invalid client credentials"}, 400)
        self.logins += 1
        self.token = f"00D!token{self.logins}"
        return JSONResponse(
            {"access_token": self.token, "instance_url": self.instance or self.url, "token_type": "Bearer"}
        )

    def _refused(self, assertion: str) -> str:
        """What is wrong with an assertion, by the org's own clock."""
        assert self.key is not None
        unchecked: Any = {"verify_exp": False, "verify_aud": False}
        claims = jwt.decode(assertion, self.key, algorithms=["RS256"], options=unchecked)
        assert (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT_ID, USER, self.audience or self.url)
        self.skews.append(claims["exp"] - self.now.timestamp())
        return "" if 0 < self.skews[-1] <= 180 else "expired authorization code"

    def _limits(self) -> Response:
        if self.allowance is None:
            return error(403, "INSUFFICIENT_ACCESS", "you may not see it")
        most, left = self.allowance
        return JSONResponse({
            "DailyApiRequests": {"Max": most, "Remaining": left},
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 9_000},
        })  # fmt: skip

    def _deletions(self, name: str, request: Request) -> Response:
        start, end = (datetime.fromisoformat(request.query_params[each]) for each in ("start", "end"))
        if start < self.now - timedelta(days=15) or end - start <= timedelta(minutes=1):
            return error(400, "INVALID_REPLICATION_DATE", "startDate before the log")
        told = [
            {"id": key, "deletedDate": rest_stamp(at)} for key, at in self.deleted[name].items() if start <= at < end
        ]
        return JSONResponse({
            "deletedRecords": told, "earliestDateAvailable": rest_stamp(self.now - timedelta(days=15)),
            "latestDateCovered": rest_stamp(end),
        })  # fmt: skip

    def _list(self, job: Job, request: Request) -> Response:
        base, begin = request.url.path.removesuffix("Pages"), int(request.query_params.get("from", "0"))
        starts = list(range(begin, max(1, len(job.rows)), self.listed))
        content: dict[str, Any] = {
            "resultPages": [{"resultUrl": f"{base}s?locator={at}&maxRecords={self.listed}"} for at in starts[:5]],
            "done": len(starts) <= 5,
        }
        if len(starts) > 5:
            content["nextRecordsUrl"] = f"{base}Pages?from={starts[5]}"
        return JSONResponse(content)

    def _serve(self, request: Request, body: dict[str, Any]) -> Response:
        path = re.sub(r"^/services/data/v\d+\.0/", "", request.url.path)
        if path == "/services/data":
            return JSONResponse([{"version": version, "url": "", "label": ""} for version in ("57.0", "68.0")])
        if path == "limits":
            return self._limits()
        gone = re.fullmatch(r"sobjects/(\w+)/deleted", path)
        if gone:
            return self._deletions(gone[1], request)
        described = re.fullmatch(r"sobjects/(\w+)/describe", path)
        if described:
            return self._describe(described[1])
        return self._start(body) if path == "jobs/query" else self._job(path, request, body)

    def _job(self, path: str, request: Request, body: dict[str, Any]) -> Response:
        found = re.fullmatch(r"jobs/query/(\w+)(/results|/resultPages)?", path)
        job = self.jobs.get(found[1]) if found else None
        if found is None or job is None:
            return error(404, "NOT_FOUND", "The requested resource does not exist")
        if found[2] == "/resultPages":
            missing = error(404, "NOT_FOUND", "The requested resource does not exist")
            return self._list(job, request) if self.listed else missing
        if found[2]:
            return self._results(job, request)
        if request.method == "DELETE":
            del self.jobs[found[1]]
            return Response(status_code=204)
        if request.method == "PATCH":
            job.state = body["state"]
        return JSONResponse(self._status(found[1], job))

    def _describe(self, name: str) -> Response:
        if name not in self.fields:
            return error(404, "NOT_FOUND", "The requested resource does not exist")
        described = [
            {"name": api, **(kind if isinstance(kind, dict) else {"type": kind}), "custom": api.endswith("__c")}
            for api, kind in self.fields[name].items()
        ]
        return JSONResponse(
            {"name": name, "queryable": True, "replicateable": name in self.deleted, "fields": described}
        )

    def _start(self, body: dict[str, Any]) -> Response:
        assert body["operation"] == "queryAll"
        soql = _SOQL.fullmatch(body["query"])
        assert soql, body["query"]
        columns, name = soql[1].split(", "), soql[2]
        for column in columns:
            if column not in self.fields[name]:
                text = f"\nSELECT {column} FROM {name}\n ^\nERROR\nNo such column '{column}' on entity '{name}'."
                return error(400, "INVALID_FIELD", text)
        tests = _TEST.findall(soql[3] or "")
        rows = [row for row in self.rows.get(name, []) if all(_holds(row, *test) for test in tests)]
        number = f"750{next(self._numbers):015}"
        self.jobs[number] = Job(name, columns, [dict(row) for row in rows], body["query"])
        return JSONResponse({"id": number, "state": "UploadComplete", "operation": "queryAll", "object": name})

    def _status(self, number: str, job: Job) -> dict[str, Any]:
        job.looks += 1
        complete = job.looks > self.looks
        state = job.state or ("JobComplete" if complete else "InProgress")
        counted = len(job.rows) + self.miscount if complete else 0
        told = {"errorMessage": job.message} if job.message else {}
        return {"id": number, "state": state, "object": job.object, "numberRecordsProcessed": counted, **told}

    def _results(self, job: Job, request: Request) -> Response:
        most, begin = int(request.query_params["maxRecords"]), int(request.query_params.get("locator", "0"))
        rows = job.rows[begin : begin + most]
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(job.columns)
        writer.writerows([row.get(column) or "" for column in job.columns] for row in rows)
        following = str(begin + most) if begin + most < len(job.rows) else "null"
        headers = {"Sforce-NumberOfRecords": str(len(rows)), "Sforce-Locator": following}
        return page(text.getvalue().encode(), headers)


def _holds(row: Row, column: str, operator: str, literal: str) -> bool:
    value = datetime.fromisoformat(str(row[column]))
    limit = datetime.fromisoformat(literal)
    return value >= limit if operator == ">=" else value < limit


def rest_stamp(time: datetime) -> str:
    """A time as REST writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def page(text: bytes, headers: dict[str, str], cut: int = 0) -> Response:
    """A page of results in gzip, without its last bytes if it is to be cut."""
    packed = gzip.compress(text)
    kept = packed[: len(packed) - cut]
    return Response(kept, media_type="text/csv", headers={"Content-Encoding": "gzip", **headers})


def error(status: int, code: str, message: str, **headers: str) -> Response:
    """An error as Salesforce words it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse([{"errorCode": code, "message": message}], status, headers=named)


@contextmanager
def serve(org: Org) -> Iterator[Org]:
    """The org on a free port of this machine; its clock is the only one that speaks."""
    app = Starlette(routes=[Route("/{path:path}", org.handle, methods=["GET", "POST", "PATCH", "DELETE"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", date_header=False, server_header=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the org did not start"
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    org.url = f"http://127.0.0.1:{port}"
    try:
        yield org
    finally:
        server.should_exit = True
        thread.join(10)
