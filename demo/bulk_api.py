"""Bulk API 2.0 query jobs over HTTP."""

from typing import Any

import numpy as np
import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from demo.answers import answer
from demo.bulk import JobError, Jobs, gzipped, locator_of, offset_of
from demo.faults import Faults
from demo.render import csv_pages

router = APIRouter(prefix="/services/data/{version}/jobs/query")


def _jobs(request: Request) -> Jobs:
    found: Jobs = request.app.state.jobs
    return found


@router.post("")
async def create(version: str, request: Request) -> Response:
    """Start a job."""
    faults: Faults = request.app.state.faults
    failing = faults.strike(request.url.path, "job")
    off = faults.strike(request.url.path, "count")
    reason = str(failing.options.get("message", "INVALID_FIELD: fault on demand")) if failing else None
    count_off = int(off.options.get("by", 1)) if off else 0
    return answer(_jobs(request).create(await _body(request), version.removeprefix("v"), reason, count_off).told())


@router.get("")
def listed(request: Request) -> Response:
    """Every job."""
    return answer({"done": True, "records": [job.told() for job in _jobs(request).all()], "nextRecordsUrl": None})


@router.get("/{key}")
def info(key: str, request: Request) -> Response:
    """How far a job is."""
    return answer(_jobs(request).poll(key).told())


@router.patch("/{key}")
async def change(key: str, request: Request) -> Response:
    """Abort a job."""
    wish = await _body(request)
    if not isinstance(wish, dict) or wish.get("state") != "Aborted":
        raise JobError(400, "INVALIDJOBSTATE", "Only the state Aborted can be set")
    return answer(_jobs(request).abort(key).told())


@router.delete("/{key}")
def delete(key: str, request: Request) -> Response:
    """Forget a job that has ended."""
    _jobs(request).delete(key)
    return Response(status_code=204)


@router.get("/{key}/results")
def results(version: str, key: str, request: Request, maxRecords: str = "", locator: str = "") -> Response:  # noqa: N803
    """One page of a finished job, as CSV."""
    job, found = _jobs(request).complete(key, version.removeprefix("v"))
    start, size = offset_of(locator), _size(request, maxRecords)
    if start > len(found.rows):
        raise JobError(400, "INVALID_LOCATOR", f"Invalid locator: {locator}")
    stop = min(start + size, len(found.rows))
    headers = {
        "Sforce-NumberOfRecords": str(stop - start),
        "Sforce-Locator": locator_of(stop) if stop < len(found.rows) else "null",
    }
    parts = csv_pages(found, start, stop, job.delimiter, job.line_ending)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        parts = gzipped(parts)
    return StreamingResponse(parts, headers=headers, media_type="text/csv")


@router.get("/{key}/resultPages")
def pages(version: str, key: str, request: Request, maxRecords: str = "", locator: str = "") -> Response:  # noqa: N803
    """Addresses of up to five pages, to be read side by side."""
    job, found = _jobs(request).complete(key, version.removeprefix("v"))
    size = _size(request, maxRecords)
    starts = [int(at) for at in np.arange(offset_of(locator), max(1, len(found.rows)), size)]
    url = f"/services/data/{version}/jobs/query/{job.id}"
    content: dict[str, Any] = {
        "resultPages": [
            {"resultUrl": f"{url}/results?locator={locator_of(at)}&maxRecords={size}"} for at in starts[:5]
        ],
        "done": len(starts) <= 5,
    }
    if len(starts) > 5:
        content["nextRecordsUrl"] = f"{url}/resultPages?locator={locator_of(starts[5])}&maxRecords={size}"
    return answer(content)


async def _body(request: Request) -> Any:
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise JobError(400, "JSON_PARSER_ERROR", "The HTTP entity body is not JSON") from None


def _size(request: Request, wish: str) -> int:
    if not wish:
        rows: int = request.app.state.page_rows
        return rows
    if not wish.isdigit() or int(wish) == 0:
        raise JobError(400, "INVALID_MAX_RECORDS", f"maxRecords must be a positive number, not {wish}")
    return int(wish)
