"""Rows of a file -> a page for landing: defaults, required columns, reference accounts, rows set aside."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attain.errors import TooManyRejected
from attain.table import DATE, REFERENCE_SUFFIX, TEXT, Column
from extract.files.mapping.document import Mapping
from extract.files.model import Rows
from extract.files.parsing.column import as_text
from extract.source import REJECTED, Page

_ORIGIN = "_origin"
_SHOWN = 3


@dataclass(frozen=True)
class Reject:
    """A row that is set aside."""

    number: int
    column: str | None
    value: str | None
    rule: str
    row_key: str | None
    row: str


def page(rows: Rows, mapping: Mapping) -> Page:
    """The rows that are good, as the table's schema says (numbers possibly finer), and those that are not.

    Raises:
        TooManyRejected: more of the file's rows would be set aside than its `max_rejected` allows.
    """
    columns = {column.name: _with_default(column, rows.column(column.name)) for column in rows.table.columns}
    rejects, keep = _rejects(rows, columns)
    refuse_too_many(rows, rejects)
    arrays, names = [], []
    for field in rows.table.schema:
        array = columns.get(field.name)
        arrays.append(_account(rows, mapping, field.name) if array is None else array)
        names.append(field.name)
    origin = pc.binary_join_element_wise(f"{rows.sheet.file}:", pc.cast(rows.sheet.numbers, TEXT), "")
    batch = pa.RecordBatch.from_arrays([*arrays, origin], names=[*names, _ORIGIN])
    return Page(batch if keep is None else batch.filter(keep), _rejected(rows, rejects) if rejects else None)


def rejects(rows: Rows) -> list[Reject]:
    """The rows that would be set aside."""
    columns = {column.name: _with_default(column, rows.column(column.name)) for column in rows.table.columns}
    return _rejects(rows, columns)[0]


def _with_default(column: Column, values: pa.Array) -> pa.Array:
    if column.default is None or not values.null_count:
        return values
    default = (
        pa.scalar(column.default, TEXT).cast(DATE) if column.type == DATE else pa.scalar(column.default, column.type)
    )
    return pc.fill_null(values, default)


def _rejects(rows: Rows, columns: dict[str, pa.Array]) -> tuple[list[Reject], pa.Array | None]:
    """Each bad row once, under the first column that makes it so; and the rows to keep, None for all."""
    found = np.zeros(rows.size, np.bool_)
    listed: dict[int, tuple[str, str]] = {}
    for column in rows.table.columns:
        reasons = [rows.bad[column.name]] if column.name in rows.bad else []
        if column.required:
            reasons.append((pc.is_null(columns[column.name]), f"{column.name} is present"))
        for mask, rule in reasons:
            bad = np.asarray(pc.fill_null(mask, False))
            for place in np.flatnonzero(bad & ~found):
                listed[int(place)] = (column.name, rule)
            found |= bad
    broken = [
        Reject(b.number, None, None, b.rule, None, json.dumps({"text": b.text}, ensure_ascii=False))
        for b in rows.sheet.broken
    ]
    rejected = [_reject(rows, columns, place, *listed[place]) for place in sorted(listed)]
    return broken + rejected, pa.array(~found) if listed else None


def _reject(rows: Rows, columns: dict[str, pa.Array], place: int, column: str, rule: str) -> Reject:
    given = rows.given.get(column)
    key = [columns[name][place].as_py() for name in rows.table.key]
    return Reject(
        number=rows.sheet.numbers[place].as_py(),
        column=column,
        value=None if given is None else as_text(given.slice(place, 1))[0].as_py(),
        rule=rule,
        row_key=None if any(k is None for k in key) else "|".join(str(k) for k in key),
        row=json.dumps(_row(rows, place), ensure_ascii=False, default=str),
    )


def _row(rows: Rows, place: int) -> dict[str, Any]:
    """The row as it came, empty columns left out."""
    values = ((name, column[place].as_py()) for name, column in zip(rows.sheet.names, rows.sheet.columns, strict=True))
    return {name: value for name, value in values if value is not None}


def _rejected(rows: Rows, found: Iterable[Reject]) -> pa.RecordBatch:
    listed = [
        {
            "source_file": rows.sheet.file, "row_number": r.number, "row_key": r.row_key, "column_name": r.column,
            "value": r.value, "rule": r.rule, "row": r.row,
        }
        for r in found
    ]  # fmt: skip
    return pa.RecordBatch.from_pylist(listed, schema=REJECTED)


def refuse_too_many(rows: Rows, found: list[Reject]) -> None:
    """Stops a file of which more is bad than its limit allows.

    Raises:
        TooManyRejected: with how many, of how many, and what most of them break.
    """
    total = rows.size + len(rows.sheet.broken)
    if not found or len(found) <= rows.max_rejected * total:
        return
    reasons: dict[str, int] = {}
    for reject in found:
        reasons[reject.rule] = reasons.get(reject.rule, 0) + 1
    most = sorted(reasons, key=lambda rule: -reasons[rule])[:_SHOWN]
    said = "; ".join(f"{reasons[rule]} break `{rule}`" for rule in most)
    raise TooManyRejected(
        f"{rows.sheet.file}: {len(found)} of {total} rows would be set aside, more than {rows.max_rejected:.0%}: {said}; "
        f"the first is row {found[0].number}. Nothing landed. Correct the file or its mapping, or raise `max_rejected` "
        "for it in mapping.yml."
    )


def _account(rows: Rows, mapping: Mapping, twin: str) -> pa.Array:
    """The source account of a reference: null where there is none, the files' own where its id is made of a name."""
    name = twin.removesuffix(REFERENCE_SUFFIX)
    column = rows.table.column(name)
    account = mapping.account_of(rows.spec, name, column.refers_to or "")
    own = rows.columns.get(twin)
    said = pa.repeat(pa.scalar(account, TEXT), rows.size)
    if own is not None:
        said = pc.if_else(pc.is_valid(own), mapping.account, said)
    return pc.if_else(pc.is_null(rows.column(name)), pa.scalar(None, TEXT), said)
