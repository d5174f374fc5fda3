"""From a batch's pages to what COPY takes: types held to the declaration, counted, streamed block by block."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from attain.errors import UnreadableInput
from attain.table import TEXT, Table
from extract.source import REJECTED, Batch, Page

ORIGIN = "_origin"
BLOCK_ROWS = 32_768
_SPOOL_BYTES = 4 * 2**20


class Intake:
    """One reading of a batch's pages.

    `reader` hands the good rows on in blocks of at most `BLOCK_ROWS`; rows set aside go to a spool, on disk once it
    grows; so memory follows the block, not the table. The counts are complete once the reader is exhausted.

    Attributes:
        rows: rows handed on.
        rejected: rows set aside while parsing or because a number does not fit its column.
        reasons: how many of them by (column, rule).
        nul_removed: text values that held a NUL character, which PostgreSQL refuses; it was removed.
        rounded: numbers that were finer than their column and were rounded half up.
        failure: what stopped the pages, if anything did; ADBC itself only passes on the text.
    """

    def __init__(self, batch: Batch) -> None:
        self.table = batch.table
        self.part = batch.part
        self.rows = 0
        self.rejected = 0
        self.nul_removed = 0
        self.rounded = 0
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.failure: BaseException | None = None
        self._pages = batch.pages
        self._spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 (closed by `close`)
        self._writer = pa.ipc.new_stream(self._spool, REJECTED)

    @property
    def schema(self) -> pa.Schema:
        """The table's own columns and `_origin`."""
        return self.table.schema.append(pa.field(ORIGIN, TEXT))

    def reader(self) -> pa.RecordBatchReader:
        """The good rows; read once."""
        return pa.RecordBatchReader.from_batches(self.schema, self._blocks())

    def rejects(self) -> Iterator[pa.RecordBatch]:
        """The rows set aside, in the schema `REJECTED`, once the reader is exhausted."""
        self._writer.close()
        self._spool.seek(0)
        yield from pa.ipc.open_stream(self._spool)

    def close(self) -> None:
        """Give the spool's space back."""
        self._spool.close()

    def _blocks(self) -> Iterator[pa.RecordBatch]:
        try:
            for page in self._pages:
                _same_columns(self.table, page.rows, self.part)
                self._set_aside(page.rejected)
                for start in range(0, page.rows.num_rows, BLOCK_ROWS):
                    block = self._conform(page, start)
                    self.rows += block.num_rows
                    yield block
        except BaseException as error:
            self.failure = error
            raise

    def _conform(self, page: Page, start: int) -> pa.RecordBatch:
        block = page.rows.slice(start, BLOCK_ROWS)
        names = block.schema.names
        columns: list[pa.Array] = []
        unfit: dict[str, pa.Array] = {}
        for wanted in self.schema:
            if wanted.name not in names:
                columns.append(pa.nulls(block.num_rows, TEXT))
                continue
            column = block.column(wanted.name)
            columns.append(self._typed(column, wanted, unfit))
        rows = pa.RecordBatch.from_arrays(columns, schema=self.schema)
        return self._without_unfit(block, rows, unfit) if unfit else rows

    def _typed(self, column: pa.Array, wanted: pa.Field, unfit: dict[str, pa.Array]) -> pa.Array:
        if pa.types.is_decimal(wanted.type) and column.type != wanted.type:
            return self._number(column, wanted, unfit)
        if column.type != wanted.type:
            try:
                column = column.cast(wanted.type)
            except pa.ArrowInvalid as error:
                raise _wrong_type(self.table, self.part, wanted, column.type) from error
        return self._without_nul(column) if wanted.type == TEXT else column

    def _without_nul(self, column: pa.StringArray) -> pa.StringArray:
        if not _holds_zero_byte(column):
            return column
        self.nul_removed += pc.sum(pc.match_substring(column, "\0")).as_py() or 0
        return pc.replace_substring(column, "\0", "")

    def _number(self, column: pa.Array, wanted: pa.Field, unfit: dict[str, pa.Array]) -> pa.Array:
        """Rounded to the column's scale, half away from zero, where ADBC would cut in silence."""
        if not (pa.types.is_decimal(column.type) or pa.types.is_integer(column.type)):
            raise _wrong_type(self.table, self.part, wanted, column.type)
        scale = column.type.scale if pa.types.is_decimal(column.type) else 0
        wide = column.cast(pa.decimal256(76, max(scale, wanted.type.scale)))
        rounded = pc.round(wide, wanted.type.scale, round_mode="half_towards_infinity")
        self.rounded += pc.sum(pc.not_equal(rounded, wide)).as_py() or 0
        limit = pa.scalar(10 ** (wanted.type.precision - wanted.type.scale)).cast(rounded.type)
        too_large = pc.fill_null(pc.greater_equal(pc.abs(rounded), limit), False)
        if pc.any(too_large).as_py():
            unfit[wanted.name] = too_large
            rounded = pc.if_else(too_large, pa.scalar(None, rounded.type), rounded)
        return rounded.cast(wanted.type)

    def _without_unfit(self, block: pa.RecordBatch, rows: pa.RecordBatch, unfit: dict[str, pa.Array]) -> pa.RecordBatch:
        rejects = []
        for index in range(block.num_rows):
            broken = [name for name, mask in unfit.items() if mask[index].as_py()]
            if broken:
                rejects.append(_reject(self.table, block.slice(index, 1).to_pylist()[0], broken[0], self.part))
        self._set_aside(pa.RecordBatch.from_pylist(rejects, schema=REJECTED))
        kept = pa.array([not any(mask[i].as_py() for mask in unfit.values()) for i in range(block.num_rows)])
        return rows.filter(kept)

    def _set_aside(self, rejected: pa.RecordBatch | None) -> None:
        if rejected is None or rejected.num_rows == 0:
            return
        self._writer.write_batch(rejected.select(REJECTED.names).cast(REJECTED))
        self.rejected += rejected.num_rows
        self.reasons.update(zip(rejected["column_name"].to_pylist(), rejected["rule"].to_pylist(), strict=True))


@contextmanager
def opened(batch: Batch) -> Iterator[Intake]:
    """An intake that gives back its spool."""
    intake = Intake(batch)
    try:
        yield intake
    finally:
        intake.close()


def _holds_zero_byte(column: pa.StringArray) -> bool:
    text = column.buffers()[2]
    return text is not None and b"\0" in text.to_pybytes()


def _same_columns(table: Table, block: pa.RecordBatch, part: str) -> None:
    names = set(block.schema.names)
    missing = [name for name in table.schema.names if name not in names]
    unknown = names - set(table.schema.names) - {ORIGIN}
    if missing or unknown:
        what = f"lacks {', '.join(missing)}" if missing else f"has undeclared {', '.join(sorted(unknown))}"
        raise UnreadableInput(
            f"{table.name}: a page of {part} {what}. Nothing of it landed. Declare and yield the same columns."
        )


def _wrong_type(table: Table, part: str, wanted: pa.Field, got: pa.DataType) -> UnreadableInput:
    return UnreadableInput(
        f"{table.name}.{wanted.name}: a page of {part} holds {got} where {wanted.type} is declared. "
        "Nothing of it landed. Type the column where the source is read, so that what does not fit is set aside."
    )


def _reject(table: Table, row: dict[str, object], column: str, part: str) -> dict[str, object]:
    origin = str(row.get(ORIGIN) or part)
    source_file, _, number = origin.rpartition(":")
    numbered = bool(source_file) and number.isdecimal() and len(number) < 16
    return {
        "source_file": source_file if numbered else origin,
        "row_number": int(number) if numbered else None,
        "row_key": "|".join(str(row[name]) for name in table.key) if None not in map(row.get, table.key) else None,
        "column_name": column,
        "value": str(row[column]),
        "rule": f"{column} has at most {_whole_digits(table, column)} digits before the point",
        "row": orjson.dumps(row, default=str).decode(),
    }


def _whole_digits(table: Table, column: str) -> int:
    kind = table.schema.field(column).type
    return int(kind.precision - kind.scale)
