"""The file every contender reads: 26 columns, all types, seeded."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE, Column, Table
from extract.source import Page

BLOCK_BYTES = 2**20

_KINDS: dict[str, pa.DataType] = (
    {"id": TEXT, "account_id": TEXT, "owner_id": TEXT, "name": TEXT, "stage": TEXT, "type": TEXT, "next_step": TEXT}
    | {"lead_source": TEXT, "currency": TEXT, "region": TEXT}
    | dict.fromkeys(("amount", "expected", "quantity", "discount"), MONEY)
    | dict.fromkeys(("probability", "rate"), RATE)
    | dict.fromkeys(("lines", "pushes"), WHOLE)
    | dict.fromkeys(("close_date", "last_activity"), DATE)
    | dict.fromkeys(("created_at", "entered_at", "updated_at"), TIME)
    | dict.fromkeys(("is_closed", "is_won", "is_deleted"), FLAG)
)
TABLE = Table("bench__deals", tuple(Column(name, kind) for name, kind in _KINDS.items()), ("id",), "updated_at")


def write(path: Path, rows: int, *, changed: float = 0.0) -> None:
    """Write the file, `changed` of its rows newer and with another amount than in the file with none changed.

    Args:
        rows: about 280 bytes each.
    """
    random = np.random.default_rng(42)
    newer = np.random.default_rng(43).random(rows) < changed
    with pcsv.CSVWriter(path, TABLE.schema, write_options=pcsv.WriteOptions(quoting_style="needed")) as writer:
        for start in range(0, rows, 50_000):
            part = slice(start, min(start + 50_000, rows))
            writer.write_batch(_block(random, start, part.stop - start, newer[part]))


def pages(path: Path) -> Iterator[Page]:
    """The file in typed pages, as a source reads it."""
    read = pcsv.ReadOptions(block_size=BLOCK_BYTES)
    types = {field.name: field.type for field in TABLE.schema}
    convert = pcsv.ConvertOptions(column_types=types, strings_can_be_null=True)
    with pcsv.open_csv(path, read_options=read, convert_options=convert) as reader:
        for block in reader:
            yield Page(block)


def _block(random: np.random.Generator, start: int, rows: int, newer: np.ndarray) -> pa.RecordBatch:
    columns = [_column(random, name, kind, start, rows, newer) for name, kind in _KINDS.items()]
    return pa.RecordBatch.from_arrays(columns, schema=TABLE.schema)


def _column(
    random: np.random.Generator, name: str, kind: pa.DataType, start: int, rows: int, newer: np.ndarray
) -> pa.Array:
    numbers = random.integers(0, 10**6, rows)
    if name == "id":
        return pa.array([f"006{n:015d}" for n in range(start, start + rows)])
    if kind == TEXT:
        words = pa.array([f"{name} {n} of many" for n in range(997)])
        return words.take(pa.array(numbers % 997)) if name != "next_step" else _some_null(words, numbers)
    if kind in (MONEY, RATE):
        scale = Decimal(1).scaleb(-2 if kind == MONEY else -4)
        changed = numbers + newer * (name == "amount")
        whole = pc.cast(pa.array(changed), pa.decimal128(19, 0))
        return pc.cast(pc.multiply(whole, pa.scalar(scale)), kind)
    if kind == WHOLE:
        return pa.array(numbers % 50)
    if kind == DATE:
        return pa.array((numbers % 1500 + (date(2023, 1, 1) - date(1970, 1, 1)).days).astype("int32")).cast(DATE)
    if kind == TIME:
        moments = numbers * 86_400_000_000 // 700 + 1_700_000_000_000_000 + newer * (name == "updated_at") * 10**15
        return pa.array(moments).cast(TIME)
    return pa.array(numbers % 2 == 0)


def _some_null(words: pa.Array, numbers: np.ndarray) -> pa.Array:
    return words.take(pa.array(numbers % 997, mask=numbers % 3 == 0))
