"""Workbooks: each sheet with a header, cells with the types they have there."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from attain.errors import UnreadableInput
from extract.files.readers.sheet import HEADER_SEARCH, ReadAs, Sheet, distinct_names, header_at

_INT64 = 2**63


def read_xlsx(path: Path, how: ReadAs) -> Iterator[Sheet]:
    """Every visible sheet that holds something below a header; formulas by their stored results.

    Raises:
        UnreadableInput: not a workbook.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError, ValueError):
        raise UnreadableInput(
            f"{path.name}: not an XLSX workbook, or protected by a password. Nothing of it was read. "
            "Save it as .xlsx without a password, or as `CSV UTF-8`."
        ) from None
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()
                rows = [[_value(cell) for cell in row] for row in sheet.iter_rows()]
                read = _sheet(path.name, str(sheet.title), rows, how)
                if read is not None:
                    yield read
    finally:
        book.close()


def _sheet(file: str, title: str, rows: list[list[Any]], how: ReadAs) -> Sheet | None:
    filled = [(number, row) for number, row in enumerate(rows, start=1) if any(v not in (None, "") for v in row)]
    if not filled:
        return None
    top = [["" if v is None else str(v) for v in row] for _, row in filled[:HEADER_SEARCH]]
    if how.header_row is not None:
        place = next((i for i, (number, _) in enumerate(filled) if number >= how.header_row), 0)
    else:
        place = header_at(top, how)
    below = filled[place + 1 :]
    names = ["" if v is None else str(v) for v in filled[place][1]]
    width = max(len(names), max((len(row) for _, row in below), default=0))
    columns = tuple(_column([row[i] if i < len(row) else None for _, row in below]) for i in range(width))
    numbers = pa.array([number for number, _ in below], pa.int64())
    notes = (f"{place} rows above the header were left out",) if place else ()
    labels = distinct_names([*names, *[""] * (width - len(names))])
    return Sheet(f"{file} [{title}]", labels, columns, numbers, title, notes=notes)


def _value(cell: Any) -> Any:
    """The cell's value; a number shown as a percentage becomes text with its sign, because 0.1 means 10 % there."""
    value = cell.value
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{unmarked(Decimal(repr(value)) * 100)} %"
    return value


def unmarked(number: Decimal) -> str:
    """The number without a decimal mark (`125E-1`), so that no reading of marks can change it."""
    sign, digits, exponent = number.normalize().as_tuple()
    whole = ("-" if sign else "") + "".join(map(str, digits))
    return f"{whole}E{exponent}" if exponent else whole


def _column(values: list[Any]) -> pa.Array:
    kinds = {type(v) for v in values if v is not None}
    if kinds and kinds <= {dt.datetime, dt.date}:
        stamps = [dt.datetime.combine(v, dt.time()) if type(v) is dt.date else v for v in values]
        return pa.array(stamps, pa.timestamp("us"))
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(v is None or abs(v) < _INT64 for v in values):
        return pa.array(values, pa.int64())
    if kinds and kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    return pa.array([None if v is None else _text(v) for v in values], pa.string())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else unmarked(Decimal(repr(value)))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value)
