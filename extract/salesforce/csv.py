"""Pages of Bulk API 2.0 CSV as typed Arrow: streamed by blocks, empty means null, and nothing else does."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from attain.errors import SourceError
from attain.table import Table
from extract.source import REJECTED, Page

# A block must hold the longest row, and long text areas of one record may reach 1.6 million characters.
BLOCK = 8 * 2**20
WIDE = pa.decimal256(76, 38)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


@dataclass(frozen=True)
class Cells:
    """A column of texts made a column of values, and the positions whose text is no such value."""

    values: pa.Array
    bad: tuple[int, ...] = ()


def pages(file: Any, table: Table, fields: Mapping[str, str], rows: int, where: str, origin: str) -> Iterator[Page]:
    """The rows of one result page.

    Args:
        file: the CSV, decoded, at its start.
        fields: column name -> name in the CSV's header; a column that is not in the header stays null.
        rows: how many there must be.
        where: names the page in messages.
        origin: what `_origin` says of each row.

    Raises:
        SourceError: it is no CSV in UTF-8, or holds another number of rows than it should.
    """
    seen = 0
    for block in _blocks(file, where):
        yield typed(block, table, fields, origin, seen)
        seen += block.num_rows
    if seen != rows:
        raise SourceError(f"{where}: it holds {seen} rows instead of {rows}. Nothing of it landed. Run again.")


def _blocks(file: Any, where: str) -> Iterator[pa.RecordBatch]:
    header = file.readline()
    file.seek(0)
    if not header.strip():
        return
    try:
        names = next(csv.reader([header.decode("utf-8-sig")]))
        yield from pa.csv.open_csv(
            file,
            read_options=pa.csv.ReadOptions(block_size=BLOCK),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise SourceError(
            f"{where}: it is no well-formed CSV in UTF-8. Nothing of it landed. Run again; if it stays, look for a proxy "
            "that changes answers."
        ) from error


def typed(block: pa.RecordBatch, table: Table, fields: Mapping[str, str], origin: str, before: int) -> Page:
    """A page of rows that are texts by API name; what is no value of its column's type is set aside with its row.

    Args:
        before: how many rows came before, for the numbers of rows set aside.
    """
    columns: dict[str, pa.Array] = {}
    faults: list[tuple[int, str]] = []
    there = set(block.schema.names)
    for wanted in table.schema:
        api = fields.get(wanted.name)
        if api is None or api not in there:
            columns[wanted.name] = pa.nulls(block.num_rows, wanted.type)
            continue
        cells = cast(block.column(api), wanted.type)
        columns[wanted.name] = cells.values
        faults += [(at, wanted.name) for at in cells.bad]
    for name in table.key:
        faults += [(at, name) for at in _positions(pc.is_null(columns[name]))]
    rows = pa.RecordBatch.from_pydict(columns | {"_origin": pa.repeat(pa.scalar(origin), block.num_rows)})
    if not faults:
        return Page(rows)
    broken = {at for at, _ in faults}
    kept = rows.filter(pa.array([at not in broken for at in range(rows.num_rows)]))
    return Page(kept, _rejected(block, table, fields, faults, origin, before))


def _rejected(
    block: pa.RecordBatch,
    table: Table,
    fields: Mapping[str, str],
    faults: list[tuple[int, str]],
    origin: str,
    before: int,
) -> pa.RecordBatch:
    """The rows that could not be typed, as they came; a row with several faults is named by its first."""
    first: dict[int, str] = {}
    for at, name in faults:
        first.setdefault(at, name)
    rows = []
    for at, name in sorted(first.items()):
        row = block.slice(at, 1).to_pylist()[0]
        value = row.get(fields.get(name, ""))
        rows.append(
            {
                "source_file": f"{table.name} {origin}",
                "row_number": before + at + 1,
                "row_key": row.get("Id"),
                "column_name": name,
                "value": value,
                "rule": f"{name} is present" if value is None else f"{name} is {_named(table.schema.field(name).type)}",
                "row": json.dumps(row, ensure_ascii=False),
            }
        )
    return pa.RecordBatch.from_pylist(rows, schema=REJECTED)


def _named(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return "a number"
    if pa.types.is_integer(kind):
        return "a whole number"
    if pa.types.is_boolean(kind):
        return "true or false"
    return "a date" if pa.types.is_date(kind) else "a time with its zone"


def cast(texts: pa.Array, kind: pa.DataType) -> Cells:
    """Texts as values of the type: all at once where they allow it, one by one where some do not.

    Decimals finer or larger than the type come out wider, for the landing to round and count, or to set aside.
    """
    if texts.null_count == len(texts):
        return Cells(pa.nulls(len(texts), kind))
    try:
        return Cells(texts.cast(kind))
    except pa.ArrowInvalid:
        pass
    if pa.types.is_decimal(kind) or pa.types.is_integer(kind):
        try:
            wide = texts.cast(WIDE)
            return Cells(wide if pa.types.is_decimal(kind) else wide.cast(kind))
        except pa.ArrowInvalid:
            pass
    return _one_by_one(texts, kind)


def _one_by_one(texts: pa.Array, kind: pa.DataType) -> Cells:
    read = _reader(kind)
    values: list[Any] = []
    bad: list[int] = []
    for at, text in enumerate(texts.to_pylist()):
        value = None
        if text is not None:
            try:
                value = read(text)
            except ValueError:
                bad.append(at)
        values.append(value)
    return Cells(pa.array(values, WIDE if pa.types.is_decimal(kind) else kind), tuple(bad))


def _reader(kind: pa.DataType) -> Callable[[str], Any]:
    if pa.types.is_decimal(kind):
        return _number
    if pa.types.is_integer(kind):
        return _whole
    if pa.types.is_boolean(kind):
        return _flag
    return date.fromisoformat if pa.types.is_date(kind) else _time


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    with localcontext(prec=WIDE.precision + WIDE.scale):
        exact = Decimal(text)
        if exact.adjusted() >= WIDE.precision - WIDE.scale:
            raise ValueError(text)
        return exact.quantize(Decimal(1).scaleb(-WIDE.scale), rounding=ROUND_HALF_UP)


def _whole(text: str) -> int:
    number = _number(text)
    if number != number.to_integral_value() or abs(number) >= 2**63:
        raise ValueError(text)
    return int(number)


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time


def _positions(mask: pa.Array) -> list[int]:
    return [at for at, hit in enumerate(mask.to_pylist()) if hit] if pc.any(mask).as_py() else []
