"""What a raw table is: its name, columns, key, version and row rules, declared once for landing, checks and docs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pyarrow as pa

from attain.rules import Rule

TEXT = pa.string()
WHOLE = pa.int64()
MONEY = pa.decimal128(20, 6)
RATE = pa.decimal128(17, 9)
DATE = pa.date32()
TIME = pa.timestamp("us", tz="UTC")
FLAG = pa.bool_()

REFERENCE_SUFFIX = "__account"


@dataclass(frozen=True)
class Column:
    """One column as the source means it.

    Args:
        name: our name, snake_case.
        type: one of TEXT, WHOLE, MONEY, RATE, DATE, TIME, FLAG.
        description: what an analyst or the person filling a template needs to know.
        required: a file without this column is stopped, a row without a value is set aside.
        refers_to: the template whose ids this column holds; such a column has a twin named
            `<name>__account` that says which source account the id belongs to.
        personal: holds personal data; never shown in messages, validation results or logs.
        aliases: names under which exports carry it without a mapping (compared case-insensitively).
        default: what an empty value or an absent column means, as text.
    """

    name: str
    type: pa.DataType
    description: str = ""
    required: bool = False
    refers_to: str | None = None
    personal: bool = False
    aliases: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True)
class Table:
    """A raw table.

    Every raw table has, beside `columns`, these of the landing's own: `_account` (text, the source account; first
    part of the key), `_load_id` (bigint, the load that last wrote the row), `_loaded_at` (timestamptz), `_origin`
    (text: file and row, or job and page) and `_deleted_at` (timestamptz; null while the row is alive in its source).

    Args:
        name: name in schema `raw`, `<source>__<object>`.
        key: columns that, with `_account`, identify a row.
        version: column that orders versions of a row; an older version never overwrites a newer one.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    version: str | None = None
    description: str = ""
    rules: tuple[Rule, ...] = ()

    @property
    def source(self) -> str:
        return self.name.split("__", 1)[0]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema that a page of this table has: columns in order, each reference followed by its twin."""
        fields: list[pa.Field] = []
        for column in self.columns:
            fields.append(pa.field(column.name, column.type))
            if column.refers_to:
                fields.append(pa.field(column.name + REFERENCE_SUFFIX, TEXT))
        return pa.schema(fields)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        return next((c for c in self.columns if c.name == name), None) or _missing(self.name, name)

    def with_columns(self, extra: Iterable[Column]) -> "Table":
        """The same table with further columns (a source's custom fields) after its own."""
        known = {c.name for c in self.columns}
        return replace(self, columns=(*self.columns, *(c for c in extra if c.name not in known)))


def _missing(table: str, name: str) -> Column:
    raise KeyError(f"{table} has no column {name}")
