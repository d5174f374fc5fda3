"""The resources below /services/data: query, describe, records, limits, and bulk query jobs."""

from typing import Any

import numpy as np
import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

from demo import describe
from demo.bulk import PAGE, JobError, Jobs, gzipped, locator_of, offset_of
from demo.clock import DAY, as_time, moment
from demo.faults import Faults
from demo.frame import ObjectType
from demo.objects import OBJECTS, find
from demo.query import Answer, run
from demo.render import csv_pages, records
from demo.running import DAILY_REQUESTS, Running
from demo.soql import QueryError

BATCH = 2_000
BIN_DAYS = 15
ROOT = "/services/data/{version}"


def answer(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json;charset=UTF-8")


def failure(status: int, code: str, message: str) -> Response:
    """An error as Salesforce tells it: an array."""
    return answer([{"message": message, "errorCode": code}], status)


def add_rest(app: FastAPI, company: Running) -> None:
    """Query, describe, single records, deletions, limits."""

    @app.get("/services/data")
    def versions() -> Response:
        seasons = ("Winter", "Spring", "Summer")
        return answer([
            {"label": f"{seasons[(n - 68) % 3]} '{27 + (n - 68) // 3}", "url": f"/services/data/v{n}.0", "version": f"{n}.0"}
            for n in range(31, 69)
        ])  # fmt: skip

    @app.get(ROOT)
    def resources(version: str) -> Response:
        base = f"/services/data/{version}"
        return answer({name: f"{base}/{name}" for name in ("sobjects", "query", "queryAll", "limits", "jobs")})

    @app.get(ROOT + "/query")
    def query(version: str, request: Request, q: str = "") -> Response:
        return _first_page(company, version, run(company.view, q, include_deleted=False), request)

    @app.get(ROOT + "/queryAll")
    def query_all(version: str, request: Request, q: str = "") -> Response:
        return _first_page(company, version, run(company.view, q, include_deleted=True), request)

    @app.get(ROOT + "/query/{cursor}")
    @app.get(ROOT + "/queryAll/{cursor}")
    def next_page(version: str, cursor: str) -> Response:
        key, _, offset = cursor.rpartition("-")
        if key not in company.cursors or not offset.isdigit():
            raise QueryError("INVALID_QUERY_LOCATOR", "invalid query locator")
        found, size = company.cursors[key]
        return _page(version, found, key, int(offset), size)

    @app.get(ROOT + "/sobjects")
    def objects(version: str) -> Response:
        return answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [describe.summary(o) for o in OBJECTS.values()]})

    @app.get(ROOT + "/sobjects/{name}")
    def object_summary(version: str, name: str) -> Response:
        return answer({"objectDescribe": describe.summary(_object(name)), "recentItems": []})

    @app.get(ROOT + "/sobjects/{name}/describe")
    def object_describe(version: str, name: str) -> Response:
        return answer(describe.full(_object(name)))

    @app.get(ROOT + "/sobjects/{name}/deleted")
    def deleted(version: str, name: str, start: str = "", end: str = "") -> Response:
        return _deleted(company, _object(name), start, end)

    @app.get(ROOT + "/sobjects/{name}/{key}")
    def record(version: str, name: str, key: str, fields: str = "") -> Response:
        o = _object(name)
        wanted = fields or ", ".join(o.fields)
        try:
            found = run(company.view, f"SELECT {wanted} FROM {o.name} WHERE Id = '{key}'", include_deleted=False)
        except QueryError as e:
            if e.code != "INVALID_QUERY_FILTER_OPERATOR":
                raise
            return failure(400, "MALFORMED_ID", f"malformed id {key}")
        if not len(found.rows):
            return failure(404, "NOT_FOUND", "The requested resource does not exist")
        return answer(records(found, 0, 1)[0])

    @app.get(ROOT + "/limits")
    def limits(version: str) -> Response:
        left = DAILY_REQUESTS - company.requests
        return answer({
            "DailyApiRequests": {"Max": DAILY_REQUESTS, "Remaining": left},
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
        })  # fmt: skip


def _object(name: str) -> ObjectType:
    found = find(name)
    if found is None:
        raise JobError(404, "NOT_FOUND", "The requested resource does not exist")
    return found


def _first_page(company: Running, version: str, found: Answer, request: Request) -> Response:
    if found.count_only:
        return answer({"totalSize": len(found.rows), "done": True, "records": []})
    options = request.headers.get("sforce-query-options", "").replace(" ", "").lower()
    wish = options.partition("batchsize=")[2]
    size = min(BATCH, max(200, int(wish))) if wish.isdigit() else BATCH
    key = company.keep_cursor(found, size) if len(found.rows) > size else ""
    return _page(version, found, key, 0, size)


def _page(version: str, found: Answer, key: str, start: int, size: int) -> Response:
    stop = min(start + size, len(found.rows))
    content: dict[str, Any] = {"totalSize": len(found.rows), "done": stop >= len(found.rows)}
    if stop < len(found.rows):
        content["nextRecordsUrl"] = f"/services/data/{version}/query/{key}-{stop}"
    content["records"] = records(found, start, stop)
    return answer(content)


def _deleted(company: Running, o: ObjectType, start: str, end: str) -> Response:
    """Ids deleted in [start, end] that still lie in the recycle bin."""
    try:
        begin, finish = moment(start.replace(" ", "+")), moment(end.replace(" ", "+"))
    except ValueError:
        return failure(400, "INVALID_QUERY_FILTER_OPERATOR", "start and end must be dateTime values")
    view = company.view
    if begin < view.clock - 30 * DAY or begin >= finish:
        return failure(400, "INVALID_REPLICATION_DATE", "startDate must be within 30 days and before endDate")
    if o.deleted is None or o.deleted_at is None:
        return failure(400, "INVALID_TYPE", f"{o.name} is not replicateable")
    rows = o.rows(view)
    rows = rows[o.deleted(view, rows)]
    at = o.deleted_at(view, rows)
    inside = (at >= begin) & (at <= finish)
    keys = o.fields["Id"].make(view, rows[inside]).to_pylist()
    stamps = [as_time(int(value)).strftime("%Y-%m-%dT%H:%M:%S.000+0000") for value in at[inside]]
    covered = as_time(min(finish, view.clock)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    oldest = as_time(view.clock - BIN_DAYS * DAY).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return answer({
        "deletedRecords": [{"id": key, "deletedDate": stamp} for key, stamp in zip(keys, stamps, strict=True)],
        "earliestDateAvailable": oldest, "latestDateCovered": covered,
    })  # fmt: skip


def add_bulk(app: FastAPI, company: Running, jobs: Jobs, faults: Faults) -> None:
    """Bulk API 2.0 query jobs."""
    base = ROOT + "/jobs/query"

    @app.post(base)
    async def create(version: str, request: Request) -> Response:
        try:
            wish = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            raise JobError(400, "JSON_PARSER_ERROR", "The HTTP entity body is not JSON") from None
        failing = faults.strike(request.url.path, "job")
        off = faults.strike(request.url.path, "count")
        reason = str(failing.options.get("message", "INVALID_FIELD: fault on demand")) if failing else None
        job = jobs.create(wish, version.removeprefix("v"), reason, int(off.options.get("by", 1)) if off else 0)
        return answer(job.told())

    @app.get(base)
    def listed(version: str) -> Response:
        return answer({"done": True, "records": [job.told() for job in jobs.all()], "nextRecordsUrl": None})

    @app.get(base + "/{key}")
    def info(version: str, key: str) -> Response:
        return answer(jobs.poll(key).told())

    @app.patch(base + "/{key}")
    async def change(version: str, key: str, request: Request) -> Response:
        try:
            wish = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            raise JobError(400, "JSON_PARSER_ERROR", "The HTTP entity body is not JSON") from None
        if not isinstance(wish, dict) or wish.get("state") != "Aborted":
            raise JobError(400, "INVALIDJOBSTATE", "Only the state Aborted can be set")
        return answer(jobs.abort(key).told())

    @app.delete(base + "/{key}")
    def delete(version: str, key: str) -> Response:
        jobs.delete(key)
        return Response(status_code=204)

    @app.get(base + "/{key}/results")
    def results(version: str, key: str, request: Request, maxRecords: str = "", locator: str = "") -> Response:  # noqa: N803
        job, found = jobs.complete(key, version.removeprefix("v"))
        start = offset_of(locator)
        if start > len(found.rows) or (maxRecords and not maxRecords.isdigit()) or maxRecords == "0":
            raise JobError(400, "INVALID_LOCATOR", f"Invalid locator or maxRecords: {locator} {maxRecords}")
        stop = min(start + int(maxRecords or PAGE), len(found.rows))
        headers = {
            "Sforce-NumberOfRecords": str(stop - start),
            "Sforce-Locator": locator_of(stop) if stop < len(found.rows) else "null",
        }
        parts = csv_pages(found, start, stop, job.delimiter, job.line_ending)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            parts = gzipped(parts)
        return StreamingResponse(parts, headers=headers, media_type="text/csv")

    @app.get(base + "/{key}/resultPages")
    def pages(version: str, key: str, maxRecords: str = "", locator: str = "") -> Response:  # noqa: N803
        job, found = jobs.complete(key, version.removeprefix("v"))
        size = int(maxRecords) if maxRecords.isdigit() and int(maxRecords) else PAGE
        starts = np.arange(offset_of(locator), max(1, len(found.rows)), size)
        url = f"/services/data/{version}/jobs/query/{job.id}"
        content: dict[str, Any] = {
            "resultPages": [
                {"resultUrl": f"{url}/results?locator={locator_of(int(at))}&maxRecords={size}"} for at in starts[:5]
            ],
            "done": len(starts) <= 5,
        }
        if len(starts) > 5:
            content["nextRecordsUrl"] = f"{url}/resultPages?locator={locator_of(int(starts[5]))}&maxRecords={size}"
        return answer(content)
