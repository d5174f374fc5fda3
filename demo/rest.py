"""The REST resources below /services/data: query, describe, records, deletions, limits."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from demo import describe, replication
from demo.answers import answer, company_of, failure
from demo.bulk import JobError
from demo.frame import ObjectType
from demo.objects import OBJECTS, find
from demo.query import Answer, run
from demo.render import records
from demo.running import DAILY_JOBS, DAILY_REQUESTS
from demo.soql import QueryError

BATCH = 2_000
NEWEST = 68
OLDEST = 31

router = APIRouter(prefix="/services/data")
versioned = APIRouter(prefix="/services/data/{version}")


@router.get("")
def versions() -> Response:
    """Every version, oldest first."""
    seasons = ("Winter", "Spring", "Summer")
    return answer(
        [
            {
                "label": f"{seasons[(n - NEWEST) % 3]} '{27 + (n - NEWEST) // 3}",
                "url": f"/services/data/v{n}.0",
                "version": f"{n}.0",
            }
            for n in range(OLDEST, NEWEST + 1)
        ]
    )


@versioned.get("")
def resources(version: str) -> Response:
    """What there is below a version."""
    base = f"/services/data/{version}"
    return answer({name: f"{base}/{name}" for name in ("sobjects", "query", "queryAll", "limits", "jobs")})


@versioned.get("/query")
def query(version: str, request: Request, q: str = "") -> Response:
    """Rows that are not deleted."""
    return _first_page(version, run(company_of(request).view, q, include_deleted=False), request)


@versioned.get("/queryAll")
def query_all(version: str, request: Request, q: str = "") -> Response:
    """Deleted rows too."""
    return _first_page(version, run(company_of(request).view, q, include_deleted=True), request)


@versioned.get("/query/{cursor}")
@versioned.get("/queryAll/{cursor}")
def next_page(version: str, cursor: str, request: Request) -> Response:
    """The page a nextRecordsUrl points to."""
    key, _, offset = cursor.rpartition("-")
    known = company_of(request).cursors
    if key not in known or not offset.isdigit():
        raise QueryError("INVALID_QUERY_LOCATOR", "invalid query locator")
    found, size = known[key]
    return _page(version, found, key, int(offset), size)


@versioned.get("/sobjects")
def objects() -> Response:
    """Every object."""
    listed = [describe.summary(o) for o in OBJECTS.values()]
    return answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


@versioned.get("/sobjects/{name}")
def object_summary(name: str) -> Response:
    """One object in short."""
    return answer({"objectDescribe": describe.summary(_object(name)), "recentItems": []})


@versioned.get("/sobjects/{name}/describe")
def object_describe(name: str) -> Response:
    """One object with its fields."""
    return answer(describe.full(_object(name)))


@versioned.get("/sobjects/{name}/deleted")
def deleted(name: str, request: Request, start: str = "", end: str = "") -> Response:
    """Ids deleted in a span of time."""
    return replication.deleted(company_of(request).view, _object(name), start, end)


@versioned.get("/sobjects/{name}/{key}")
def record(name: str, key: str, request: Request, fields: str = "") -> Response:
    """One record."""
    o = _object(name)
    wanted = fields or ", ".join(o.fields)
    text = f"SELECT {wanted} FROM {o.name} WHERE Id = '{key.replace(chr(39), '')}'"
    try:
        found = run(company_of(request).view, text, include_deleted=False)
    except QueryError as e:
        if e.code != "INVALID_QUERY_FILTER_OPERATOR":
            raise
        return failure(400, "MALFORMED_ID", f"malformed id {key}")
    if not len(found.rows):
        return failure(404, "NOT_FOUND", "The requested resource does not exist")
    return answer(records(found, 0, 1)[0])


@versioned.get("/limits")
def limits(request: Request) -> Response:
    """What is left of the day's allowance."""
    requests, jobs = company_of(request).used()
    return answer(
        {
            "DailyApiRequests": {"Max": DAILY_REQUESTS, "Remaining": max(0, DAILY_REQUESTS - requests)},
            "DailyBulkV2QueryJobs": {"Max": DAILY_JOBS, "Remaining": max(0, DAILY_JOBS - jobs)},
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
        }
    )


def _object(name: str) -> ObjectType:
    found = find(name)
    if found is None:
        raise JobError(404, "NOT_FOUND", "The requested resource does not exist")
    return found


def _first_page(version: str, found: Answer, request: Request) -> Response:
    if found.count_only:
        return answer({"totalSize": len(found.rows), "done": True, "records": []})
    options = request.headers.get("sforce-query-options", "").replace(" ", "").lower()
    wish = options.partition("batchsize=")[2]
    size = min(BATCH, max(200, int(wish))) if wish.isdigit() else BATCH
    key = company_of(request).keep_cursor(found, size) if len(found.rows) > size else ""
    return _page(version, found, key, 0, size)


def _page(version: str, found: Answer, key: str, start: int, size: int) -> Response:
    stop = min(start + size, len(found.rows))
    content: dict[str, Any] = {"totalSize": len(found.rows), "done": stop >= len(found.rows)}
    if stop < len(found.rows):
        content["nextRecordsUrl"] = f"/services/data/{version}/query/{key}-{stop}"
    content["records"] = records(found, start, stop)
    return answer(content)
