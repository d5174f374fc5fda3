"""Rows that are gone from the org: told by it, or found by comparing all ids.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm
"""

import logging
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from attain.errors import SourceError
from attain.http_verdict import Refused
from attain.table import TEXT, TIME
from extract.intake import ORIGIN
from extract.salesforce import rest
from extract.salesforce.bulk_job import Job, NotByBulk
from extract.salesforce.csv import cast, pages
from extract.salesforce.fetching import fetched
from extract.salesforce.fields import Ask
from extract.salesforce.landing import NAME, Extraction
from extract.source import Batch, Page

log = logging.getLogger("attain.salesforce")

# Deletions are told for so long, and for spans of more than a minute.
KNOWN = timedelta(days=15)
SHORTEST = timedelta(minutes=2)
# Without deletions the cursor moves on so rarely: it need not be written on each run.
MOVED_EVERY = timedelta(days=1)
IDS_PER_PAGE = 250_000
# So few may go at once, whatever share of an object they are.
FEW = 10


def absent(run: Extraction, asks: list[Ask], until: datetime) -> Iterator[Batch]:
    """The landings of what is gone, asked for after all rows have landed: one request an object, or all its ids."""
    due = []
    for asked in asks:
        told = yield from _told(run, asked, until)
        if run.state(asked).is_sweep_due(until, run.settings.compare_ids, told=told):
            due.append(asked)
    yield from _sweep(run, due, until)


def _told(run: Extraction, asked: Ask, until: datetime) -> Generator[Batch, None, bool]:
    """Land the deletions that the org tells; whether it has told all since they were last taken over."""
    state = run.state(asked)
    if not asked.tells_deletions or state.covered is None or until - state.covered >= KNOWN:
        return False
    # Seconds are ignored by the org.
    since = state.covered.replace(second=0, microsecond=0)
    if until - since < SHORTEST:
        return True
    what = f"{asked.object}: deletions"
    try:
        answer = run.jobs.client.json(
            "GET",
            f"/services/data/v{run.settings.version}/sobjects/{asked.object}/deleted",
            what=what,
            params={"start": _text(since), "end": _text(until)},
        )
    except Refused as error:
        log.info("%s All ids are compared instead.", error)
        return False
    gone, earliest, covered = _read(answer, asked)
    if earliest > since:
        log.info("%s.%s: deletions before %s are not told any more; all ids are compared", NAME, asked.object, earliest)
        return False
    if gone.num_rows or covered - state.covered >= MOVED_EVERY:
        part = f"deleted until {covered:%Y-%m-%dT%H:%M:%SZ}"
        batch = Batch(asked.gone, run.account, "gone", part, iter([_page(gone, part)]))
        yield from run.landed(None, replace(state, covered=max(covered, state.covered)), batch)
    return True


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds")


def _read(answer: Any, asked: Ask) -> tuple[pa.RecordBatch, datetime, datetime]:
    """Ids and when they were deleted, from when on they are known, and until when they are all told."""
    try:
        records: list[Mapping[str, str]] = answer["deletedRecords"]
        ids = pa.array([str(record["id"]) for record in records], TEXT)
        times = cast(pa.array([str(record["deletedDate"]) for record in records], TEXT), TIME)
        ends = [datetime.fromisoformat(answer[name]) for name in ("earliestDateAvailable", "latestDateCovered")]
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"{NAME}.{asked.object}: deletions: the answer lists none. Nothing of it landed. Check that the address is the "
            "org's My Domain."
        ) from error
    if times.bad or any(end.tzinfo is None for end in ends):
        raise SourceError(f"{NAME}.{asked.object}: deletions: a time is none. Nothing of it landed. Run again.")
    table = asked.gone
    return pa.RecordBatch.from_arrays([ids, times.values], table.schema.names), ends[0], ends[1]


def _page(rows: pa.RecordBatch, part: str) -> Page:
    return Page(rows.append_column(ORIGIN, pa.repeat(pa.scalar(part), rows.num_rows)))


def _sweep(run: Extraction, due: list[Ask], until: datetime) -> Iterator[Batch]:
    pending: dict[str, tuple[Ask, Job]] = {}
    for asked in due:
        try:
            job = run.start(asked, f"SELECT Id FROM {asked.object}")
        except NotByBulk:
            found = rest.ids(run, asked)
            yield from _compared(run, asked, until, None, sum(page.rows.num_rows for page in found), iter(found))
            continue
        pending[job.id] = (asked, job)
    while pending:
        now = run.ended([job for _, job in pending.values()])
        asked, _ = pending.pop(now.id)
        run.complete(now)
        yield from _compared(run, asked, until, now, now.records, _ids(run, asked, now))
        run.jobs.delete(now)


def _compared(
    run: Extraction, asked: Ask, until: datetime, job: Job | None, ids: int, found: Iterator[Page]
) -> Iterator[Batch]:
    """One landing of all ids: that one is gone is only known once all have been seen."""
    state = run.state(asked)
    allowed = 1.0 if state.ids - ids <= FEW else run.settings.max_deletions
    part = f"job {job.id} ids" if job else "REST ids"
    batch = Batch(asked.ids, run.account, "sweep", part, found, max_deletions=allowed)
    yield from run.landed(job, state.compared(until, ids), batch)


def _ids(run: Extraction, asked: Ask, job: Job) -> Iterator[Page]:
    rows, part = 0, f"job {job.id} ids"
    with closing(fetched(run.jobs, job, None, IDS_PER_PAGE, run.settings.ahead)) as found:
        for page, _ in found:
            rows += page.rows
            with page.download.file as file:
                yield from pages(file, asked.ids, asked.fields, page.rows, f"{NAME}.{asked.object}: {part}", part)
    run.check_sum(job, rows)
