"""Values as Salesforce writes them: CSV of the Bulk API, JSON of the REST API."""

import csv
import functools
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv

from demo.clock import DAY, as_date
from demo.query import Answer

API_VERSION = "68.0"
DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}


def text_column(column: pa.Array) -> pa.Array:
    """A column as bulk CSV shows it: `2026-01-31T08:00:00.000Z`, `true`, `12.50`."""
    if pa.types.is_timestamp(column.type):
        return _moments(column)
    if pa.types.is_string(column.type):
        return column
    return column.cast(pa.string())


@functools.cache
def _clock_faces() -> npt.NDArray[np.uint8]:
    """`T08:00:00.000Z` for each second of a day."""
    texts = (f"T{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}.000Z" for s in range(DAY))
    return np.frombuffer("".join(texts).encode(), dtype=np.uint8).reshape(DAY, 14)


def _moments(column: pa.Array) -> pa.Array:
    """Whole seconds as text, put together from days and seconds of the day: the library's own cast takes 40 times as long."""
    seconds = pc.fill_null(column.cast(pa.int64()), 0).to_numpy() // 1_000
    days = seconds // DAY
    first = int(days.min()) if len(days) else 0
    calendar = "".join(as_date(day).isoformat() for day in range(first, int(days.max()) + 1)) if len(days) else ""
    out = np.empty((len(seconds), 24), dtype=np.uint8)
    out[:, :10] = np.frombuffer(calendar.encode(), dtype=np.uint8).reshape(-1, 10)[days - first]
    out[:, 10:] = _clock_faces()[seconds % DAY]
    offsets = np.arange(0, (len(seconds) + 1) * 24, 24, dtype=np.int32)
    validity = pc.is_valid(column).buffers()[1] if column.null_count else None
    return pa.Array.from_buffers(
        pa.string(), len(seconds), [validity, pa.py_buffer(offsets), pa.py_buffer(out.tobytes())]
    )


def csv_pages(answer: Answer, start: int, stop: int, delimiter: str, line_ending: str) -> Iterator[bytes]:
    """A header, then the rows [start, stop) in blocks; every value quoted, null an empty field."""
    yield (
        DELIMITERS[delimiter].join(f'"{f.name}"' for f in answer.fields) + ("\r\n" if line_ending == "CRLF" else "\n")
    ).encode()
    for batch in answer.batches(start, stop, block=20_000):
        texts = pa.RecordBatch.from_arrays([text_column(c) for c in batch.columns], batch.schema.names)
        yield _crlf(texts, delimiter) if line_ending == "CRLF" else _lf(texts, delimiter)


def _lf(texts: pa.RecordBatch, delimiter: str) -> bytes:
    sink = io.BytesIO()
    options = pc_csv.WriteOptions(include_header=False, delimiter=DELIMITERS[delimiter], quoting_style="all_valid")
    pc_csv.write_csv(texts, sink, options)
    return sink.getvalue()


def _crlf(texts: pa.RecordBatch, delimiter: str) -> bytes:
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=DELIMITERS[delimiter], lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerows([value or "" for value in row.values()] for row in texts.to_pylist())
    return sink.getvalue().encode()


def records(answer: Answer, start: int, stop: int) -> list[dict[str, Any]]:
    """Rows [start, stop) as REST records with their `attributes`; NUL characters do not pass through JSON."""
    out: list[dict[str, Any]] = []
    kind = answer.source.name
    base = f"/services/data/v{API_VERSION}/sobjects/{kind}/"
    key = answer.source.fields["Id"]
    for at in range(start, stop, 2_000):
        rows = answer.rows[at : min(at + 2_000, stop)]
        keys = key.make(answer.view, rows).to_pylist()
        columns = [[_json(value) for value in f.make(answer.view, rows).to_pylist()] for f in answer.fields]
        names = [f.name for f in answer.fields]
        for number, values in enumerate(zip(*columns, strict=True)):
            attributes = {"type": kind, "url": base + keys[number]}
            out.append({"attributes": attributes, **dict(zip(names, values, strict=True))})
    return out


def stamp_text(moment: datetime) -> str:
    """A moment as JSON shows it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _json(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return stamp_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
