"""CSV of any dialect: encoding, delimiter and header found in the file or given; rows read by Arrow as text."""

import codecs
import contextlib
import csv
import io
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from attain.errors import UnreadableInput
from extract.files.readers.sheet import Broken, ReadAs, Sheet, distinct_names, header_at

_SAMPLE_BYTES = 262_144
_DELIMITERS = (",", ";", "\t", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Head:
    """What the start of a file shows.

    Args:
        skip: lines to skip, the header's included.
        above: rows above the header that hold something.
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    skip: int
    above: int


def read_csv(path: Path, how: ReadAs) -> Sheet:
    """The file's rows as text.

    Raises:
        UnreadableInput: not text in the encoding, no header, or a quote that is never closed.
    """
    head = _head(path, how)
    broken: list[Any] = []
    table = _table(path, head, broken)
    numbers = _numbers(head.skip, table.num_rows, [row.number for row in broken])
    sheet = Sheet(path.name, head.names, tuple(_combined(c) for c in table.columns), numbers)
    sheet = _with_padded(sheet, broken, head.delimiter)
    return sheet.noting(f"{head.above} rows above the header were left out") if head.above else sheet


def _head(path: Path, how: ReadAs) -> Head:
    with path.open("rb") as file:
        start = file.read(_SAMPLE_BYTES)
    complete = len(start) < _SAMPLE_BYTES
    encoding = how.encoding or next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(start, final=complete).lstrip("\ufeff")
    except UnicodeDecodeError:
        raise _undecodable(path, encoding) from None
    if not text.strip():
        raise UnreadableInput(f"{path.name}: the file is empty. Hand in a file with a header, or take it away.")
    declared = 1 if text.lower().startswith("sep=") else 0
    delimiter = how.delimiter or (text[4] if declared and len(text) > 4 else _delimiter(text, how, complete))
    records = _records(text, delimiter, complete)
    place = header_at([row for row, _ in records], how)
    if place >= len(records):
        raise UnreadableInput(f"{path.name}: `header_row: {place + 1}` lies beyond the file's {len(records)} rows.")
    names, skip = records[place]
    above = sum(any(cell.strip() for cell in row) for row, _ in records[:place]) - declared
    widths = Counter(len(row) for row, _ in records[place + 1 :] if row and _only_blank(row[len(names) :]))
    width = max(len(names), widths.most_common(1)[0][0] if widths else 0)
    return Head(encoding, delimiter, distinct_names([*names, *[""] * (width - len(names))]), skip, max(above, 0))


def _only_blank(cells: list[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _records(text: str, delimiter: str, complete: bool) -> list[tuple[list[str], int]]:
    """Records of the sample, each with the number of lines read up to its end; the cut-off last one left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records: list[tuple[list[str], int]] = []
    with contextlib.suppress(csv.Error):  # a NUL or an over-long field: what was read so far decides
        records.extend((row, reader.line_num) for row in reader)
    return records if complete or len(records) < 2 else records[:-1]


def _delimiter(text: str, how: ReadAs, complete: bool) -> str:
    """The delimiter under which most rows have the same, largest number of values."""

    def score(delimiter: str) -> tuple[int, float]:
        rows = [row for row, _ in _records(text, delimiter, complete) if row][:200]
        if not rows:
            return (0, 0.0)
        header = rows[min(header_at(rows, how), len(rows) - 1)]
        width = len(header)
        return (
            sum(how.known(cell) for cell in header),
            0.0 if width < 2 else width * sum(len(r) == width for r in rows) / len(rows),
        )

    return max(_DELIMITERS, key=score)


def _table(path: Path, head: Head, broken: list[Any]) -> pa.Table:
    columns = [f"c{i}" for i in range(len(head.names))]

    def set_aside(row: Any) -> str:
        broken.append(row)
        return "skip"

    try:
        return pa_csv.read_csv(
            path,
            read_options=pa_csv.ReadOptions(
                use_threads=False, column_names=columns, skip_rows=head.skip, encoding=head.encoding.removesuffix("-sig"),
                block_size=16 << 20,
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=head.delimiter, newlines_in_values=True, invalid_row_handler=set_aside
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )  # fmt: skip
    except (UnicodeDecodeError, pa.ArrowInvalid) as problem:
        if isinstance(problem, UnicodeDecodeError) or "UTF8" in str(problem):
            raise _undecodable(path, head.encoding) from None
        if "Empty CSV" in str(problem) or "Could not skip initial" in str(problem):
            return pa.table({c: pa.array([], pa.string()) for c in columns})
        raise UnreadableInput(
            f"{path.name}: {str(problem).splitlines()[0]}. Nothing of it was read. A quote that is never closed does "
            "this; correct the file, or name its `delimiter` in mapping.yml."
        ) from None


def _undecodable(path: Path, encoding: str) -> UnreadableInput:
    """Names the line of the first byte that is not text in the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while block := file.read(65_536):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError as problem:
                line += problem.object[: problem.start].count(b"\n")
                break
    advice = "Save it as `CSV UTF-8`, or say `encoding: cp1252` (Windows) or `encoding: latin-1` in mapping.yml"
    return UnreadableInput(f"{path.name}: line {line} is not {encoding} text. Nothing of it was read. {advice}.")


def _combined(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.combine_chunks() if isinstance(combined, pa.ChunkedArray) else combined


def _numbers(skip: int, rows: int, broken: list[int]) -> pa.Array:
    """Row numbers of the rows that were kept; Arrow numbers the others in the same count."""
    everything = pa.array(range(skip + 1, skip + rows + len(broken) + 1), pa.int64())
    if not broken:
        return everything
    return everything.filter(pc.invert(pc.is_in(everything, value_set=pa.array(broken, pa.int64()))))


def _with_padded(sheet: Sheet, invalid: list[Any], delimiter: str) -> Sheet:
    """Rows whose surplus values are all empty are taken in; the others stay broken."""
    width = len(sheet.names)
    broken: list[Broken] = []
    padded: list[tuple[int, list[str]]] = []
    for row in invalid:
        values = next(csv.reader([row.text], delimiter=delimiter), [])
        if len(values) > width and _only_blank(values[width:]):
            padded.append((row.number, values[:width]))
        else:
            broken.append(Broken(row.number, row.text, len(values), width))
    if padded:
        added = [pa.array([values[i] or None for _, values in padded], pa.string()) for i in range(width)]
        columns = [pa.concat_arrays([c, a]) for c, a in zip(sheet.columns, added, strict=True)]
        numbers = pa.concat_arrays([sheet.numbers, pa.array([number for number, _ in padded], pa.int64())])
        order = pc.sort_indices(numbers)
        sheet = replace(sheet, columns=tuple(c.take(order) for c in columns), numbers=numbers.take(order))
    return _without_footer(sheet, broken)


def _without_footer(sheet: Sheet, broken: list[Broken]) -> Sheet:
    """Lines of a single value below the last row (a title, a copyright) are no records."""
    last = sheet.numbers[-1].as_py() if sheet.rows else 0
    footer = [row for row in broken if row.number > last and row.values <= 1]
    kept = tuple(row for row in broken if row not in footer)
    notes = (f"{len(footer)} lines below the last row were left out",) if footer else ()
    return replace(sheet, broken=kept).noting(*notes)
