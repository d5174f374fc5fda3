"""The Salesforce-compatible API: login, REST and Bulk 2.0, on the company's own clock."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.types import Message, Receive, Scope, Send

from demo import bulk_api, login
from demo.answers import answer, failure
from demo.bulk import PAGE, JobError, Jobs
from demo.clock import as_time, span
from demo.faults import Fault, Faults
from demo.rest import NEWEST, OLDEST, router, versioned
from demo.running import DAILY_REQUESTS, Running
from demo.soql import QueryError
from demo.state import StateError


def application(company: Running) -> FastAPI:
    """The ASGI application of a running company."""
    app = FastAPI(title="Meridian Robotics", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    faults = Faults()
    app.state.company, app.state.faults, app.state.jobs = company, faults, Jobs(company)
    app.state.page_rows = PAGE
    _add_controls(app, company, faults)
    for part in (login.router, router, versioned, bulk_api.router):
        app.include_router(part)
    app.add_exception_handler(QueryError, _refused)
    app.add_exception_handler(JobError, _refused_job)
    app.add_exception_handler(Exception, _broken)
    app.add_exception_handler(404, _nowhere)
    app.add_exception_handler(405, _nowhere)
    app.add_middleware(_Gate, company=company, faults=faults)
    return app


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, QueryError)
    return failure(400, error.code, error.message)


async def _refused_job(_: Request, error: Exception) -> Response:
    assert isinstance(error, JobError)
    return failure(error.status, error.code, error.message)


async def _broken(_: Request, error: Exception) -> Response:
    return failure(500, "UNKNOWN_EXCEPTION", f"An unexpected error occurred: {type(error).__name__}")


async def _nowhere(_: Request, __: Exception) -> Response:
    return failure(404, "NOT_FOUND", "The requested resource does not exist")


def _add_controls(app: FastAPI, company: Running, faults: Faults) -> None:
    """What a test or a person does to the company itself; no part of Salesforce."""

    @app.get("/_demo/clock")
    def clock() -> Response:
        return answer({"clock": as_time(company.view.clock).isoformat()})

    @app.post("/_demo/advance")
    def advance(body: dict[str, str]) -> Response:
        try:
            moved = company.advance(span(body.get("by", "1d")))
        except (StateError, ValueError) as e:
            return answer({"error": str(e)}, 400)
        return answer({"clock": as_time(moved.clock).isoformat()})

    @app.post("/_demo/spend")
    def spend(body: dict[str, int]) -> Response:
        company.spend(body.get("requests", 0), body.get("jobs", 0))
        return answer(dict(zip(("requests", "jobs"), company.used(), strict=True)))

    @app.post("/_demo/faults")
    def add(body: dict[str, Any]) -> Response:
        try:
            faults.add(body)
        except ValueError as e:
            return answer({"error": str(e)}, 400)
        return answer({"added": body})

    @app.get("/_demo/faults")
    def waiting() -> Response:
        return answer({"waiting": faults.waiting()})

    @app.post("/_demo/page_rows")
    def page_rows(body: dict[str, int]) -> Response:
        app.state.page_rows = body.get("rows") or PAGE
        return answer({"rows": app.state.page_rows})

    @app.delete("/_demo/faults")
    def clear() -> Response:
        faults.clear()
        return answer({"cleared": True})


class _Gate:
    """Around every request: the virtual date, sessions, versions, the usage header, and faults when asked for."""

    def __init__(
        self, app: Callable[[Scope, Receive, Send], Awaitable[None]], company: Running, faults: Faults
    ) -> None:
        self.app, self.company, self.faults = app, company, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = str(scope["path"])
        scope["path"] = path.rstrip("/") or "/"
        stamped = self._stamping(send, path)
        if path.startswith("/_demo"):
            await self.app(scope, receive, stamped)
            return
        fault = self.faults.strike(path, "status", "hang", "cut", "expire")
        if fault and fault.kind == "hang":
            await asyncio.sleep(float(fault.options.get("seconds", 60)))
        if fault and fault.kind == "expire":
            self.company.expire_sessions()
        refused = _faulty(fault) if fault and fault.kind == "status" else self._refused(scope, path)
        if refused:
            await refused(scope, receive, stamped)
        elif fault and fault.kind == "cut":
            await self._cut(scope, receive, stamped, fault)
        else:
            await self.app(scope, receive, stamped)

    def _stamping(self, send: Send, path: str) -> Send:
        date = self.company.date_header.encode()
        rest = path.startswith("/services/data")
        if rest:
            self.company.spend(requests=1)
        usage = f"api-usage={self.company.used()[0]}/{DAILY_REQUESTS}".encode()

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", []), (b"date", date)]
                message["headers"] = [*headers, (b"sforce-limit-info", usage)] if rest else headers
            await send(message)

        return stamped

    def _refused(self, scope: Scope, path: str) -> Response | None:
        """What Salesforce says before it looks at the resource: unknown or retired versions, no session."""
        parts = path.strip("/").split("/")
        if parts[:2] != ["services", "data"] or len(parts) == 2:
            return None
        version = parts[2].removeprefix("v").removesuffix(".0")
        if not version.isdigit() or int(version) > NEWEST:
            return failure(404, "NOT_FOUND", "The requested resource does not exist")
        if int(version) < OLDEST:
            return failure(410, "UNSUPPORTED_API_VERSION", f"API version {version}.0 is retired. Use {NEWEST}.0.")
        header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        kind, _, token = header.partition(" ")
        if kind.lower() not in ("bearer", "oauth") or not self.company.is_session(token):
            return failure(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.company.used()[0] > DAILY_REQUESTS:
            return failure(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        return None

    async def _cut(self, scope: Scope, receive: Receive, send: Send, fault: Fault) -> None:
        """Let `bytes` of the body through, then end the answer, with or without a proper end."""
        left = int(fault.options.get("bytes", 1_000))
        clean = bool(fault.options.get("clean"))

        async def short(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.start":
                message["headers"] = [h for h in message["headers"] if h[0].lower() != b"content-length"]
            if message["type"] == "http.response.body":
                body = message.get("body", b"")[: max(0, left)]
                left -= len(message.get("body", b""))
                if left < 0:
                    await send({"type": "http.response.body", "body": body, "more_body": not clean})
                    raise _Cut
            await send(message)

        try:
            await self.app(scope, receive, short)
        except _Cut:
            if not clean:
                raise
        except BaseExceptionGroup as group:
            if not clean or not group.subgroup(_Cut):
                raise


class _Cut(Exception):
    """The answer ends here."""


def _faulty(fault: Fault) -> Response:
    status = int(fault.options.get("status", 503))
    usual = {
        429: "REQUEST_LIMIT_EXCEEDED",
        403: "REQUEST_LIMIT_EXCEEDED",
        503: "SERVER_UNAVAILABLE",
        500: "UNKNOWN_EXCEPTION",
    }
    out = failure(
        status,
        str(fault.options.get("code", usual.get(status, "UNKNOWN_EXCEPTION"))),
        str(fault.options.get("message", "Fault on demand")),
    )
    if "retry_after" in fault.options:
        out.headers["Retry-After"] = str(fault.options["retry_after"])
    return out
