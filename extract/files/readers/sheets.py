"""A CSV, XLSX or Parquet file as sheets: names, columns and row numbers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from attain.errors import UnreadableInput
from extract.files.readers.csv import read_csv
from extract.files.readers.sheet import ReadAs, Sheet, distinct_names
from extract.files.readers.xlsx import read_xlsx

CSV_SUFFIXES = (".csv", ".tsv", ".txt")
SUFFIXES = (*CSV_SUFFIXES, ".xlsx", ".xlsm", ".parquet")


def sheets(path: Path, how: ReadAs) -> Iterator[Sheet]:
    """Every sheet of a file that holds a header; one for CSV and Parquet.

    Raises:
        UnreadableInput: naming file, place and what to do.
    """
    suffix = path.suffix.lower()
    if suffix in CSV_SUFFIXES:
        found: Iterator[Sheet] = iter([read_csv(path, how)])
    elif suffix == ".parquet":
        found = iter([_read_parquet(path)])
    else:
        found = read_xlsx(path, how)
    for sheet in found:
        yield _tidied(sheet)


def _tidied(sheet: Sheet) -> Sheet:
    """Without blank rows and without nameless columns that hold nothing."""
    named = [
        i
        for i, column in enumerate(sheet.columns)
        if sheet.names[i] != f"column {i + 1}" or column.null_count < len(column)
    ]
    names, columns = tuple(sheet.names[i] for i in named), tuple(sheet.columns[i] for i in named)
    tidy = replace(sheet, names=names, columns=columns)
    if not columns or not tidy.rows:
        return tidy
    blank = columns[0].is_null()
    for column in columns[1:]:
        blank = pc.and_(blank, column.is_null())
    return tidy.filter(pc.invert(blank)) if pc.any(blank).as_py() else tidy


def _read_parquet(path: Path) -> Sheet:
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as problem:
        raise UnreadableInput(
            f"{path.name}: not a Parquet file ({str(problem).splitlines()[0]}). Nothing of it was read."
        ) from None
    columns = tuple(_flat(table.column(i).combine_chunks()) for i in range(table.num_columns))
    return Sheet(
        path.name, distinct_names(table.column_names), columns, pa.array(range(1, table.num_rows + 1), pa.int64())
    )


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = array.type
    if (
        pa.types.is_dictionary(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_null(kind)
        or pa.types.is_string_view(kind)
    ):
        array = pc.cast(array, pa.string())
    elif pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        array = pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.string())
    if pa.types.is_string(array.type):
        return pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
    return array
