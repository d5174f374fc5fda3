"""Objects that Bulk API 2.0 does not serve, read by REST: ordered by (modstamp, Id), so that every page begins where
the one before ended, whatever changes meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from attain.errors import SourceError
from attain.http import Client
from attain.table import TEXT
from extract.salesforce.csv import typed
from extract.salesforce.fields import Ask
from extract.salesforce.landing import NAME, Extraction
from extract.salesforce.state import Place, Window
from extract.source import Batch, Page

# An answer holds no more, and often fewer.
MOST = 2_000


def land(run: Extraction, asked: Ask, window: Window, place: Place, *, last: bool = True) -> Iterator[Batch]:
    """The landings of the window's rows from a place on."""
    while True:
        found, after = _some(run, asked, window, place.next)
        place = place.then(sum(block.num_rows for block in found), after)
        part = f"REST page {place.pages} until {window.until:%Y-%m-%dT%H:%M:%SZ}"
        if after is not None:
            state, until = run.state(asked).at(window, None, place), None
        else:
            state, until = run.state(asked).done(window, place.rows), window.until if last else None
        yield from run.landed(None, state, run.rows(asked, part, _pages(found, asked, part), until))
        if after is None:
            return


def ids(run: Extraction, asked: Ask) -> list[Page]:
    """All ids of an object, deleted ones too, as pages of `Ask.ids`."""
    only = replace(asked, table=asked.ids, fields={asked.table.key[0]: "Id"})
    found: list[pa.RecordBatch] = []
    last: str | None = None
    while True:
        block = _block(_records(run, asked, asked.ids_after(last, MOST)), only)
        found.append(block)
        if block.num_rows < MOST:
            return list(_pages(found, only, "REST ids"))
        last = str(block.column("Id")[-1])


def _some(
    run: Extraction, asked: Ask, window: Window, after: Mapping[str, Any] | None
) -> tuple[list[pa.RecordBatch], Mapping[str, Any] | None]:
    """Rows for one landing as texts, and the last row when there may be more."""
    found: list[pa.RecordBatch] = []
    while sum(block.num_rows for block in found) < run.settings.page_rows:
        most = min(MOST, run.settings.page_rows)
        following = (datetime.fromisoformat(after["modstamp"]), after["id"]) if after else None
        block = _block(_records(run, asked, asked.rows_after(window.begin, window.until, following, most)), asked)
        found.append(block)
        if block.num_rows < most:
            return found, None
        after = {"modstamp": str(block.column(asked.modstamp)[-1]), "id": str(block.column("Id")[-1])}
    return found, after


def _records(run: Extraction, asked: Ask, query: str) -> list[Mapping[str, Any]]:
    """The records of one query, which an answer may hold in part only."""
    what = f"{asked.object}: rows by REST"
    api: Client = run.jobs.client
    base = f"/services/data/v{run.settings.version}/"
    answer = api.json("GET", f"{base}queryAll", what=what, params={"q": query})
    records: list[Mapping[str, Any]] = []
    try:
        while True:
            records += answer["records"]
            if answer["done"]:
                break
            following = str(answer["nextRecordsUrl"])
            if not following.startswith(base):
                raise _no_records(what)
            answer = api.json("GET", following, what=what)
        total = int(answer["totalSize"])
    except (KeyError, TypeError, ValueError) as error:
        raise _no_records(what) from error
    if len(records) != total:
        raise SourceError(f"{NAME}.{what}: {len(records)} rows came of {total}. Nothing of them landed. Run again.")
    return records


def _no_records(what: str) -> SourceError:
    return SourceError(
        f"{NAME}.{what}: the answer holds no records. Nothing of it landed. Check that the address is the org's My Domain."
    )


def _block(records: list[Mapping[str, Any]], asked: Ask) -> pa.RecordBatch:
    """The records as texts by API name, as bulk CSV would have them, so that both are typed by the same rules."""
    names = list(asked.fields.values())
    try:
        columns = [pa.array([_text(record[name]) for record in records], TEXT) for name in names]
    except (KeyError, TypeError) as error:
        raise _no_records(f"{asked.object}: rows by REST") from error
    return pa.RecordBatch.from_arrays(columns, names)


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _pages(blocks: Iterable[pa.RecordBatch], asked: Ask, part: str) -> Iterator[Page]:
    before = 0
    for block in blocks:
        yield typed(block, asked.table, asked.fields, part, before)
        before += block.num_rows
