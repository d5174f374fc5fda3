"""How an API object is declared: which rows it has at a moment, and how each field is made from the company's life.

A field is computed for the rows asked for and no others, so that a million rows stream in blocks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from demo.clock import Bools, Ints
from demo.company import Life


@dataclass
class View:
    """The company's life as it stands at a moment."""

    life: Life
    clock: int

    @cached_property
    def kept(self) -> dict[str, Ints]:
        """Room for what objects want to keep for this moment."""
        return {}


Make = Callable[[View, Ints], pa.Array]


@dataclass(frozen=True)
class Field:
    """A field as describe tells it, and how its values are made."""

    name: str
    kind: str
    make: Make
    label: str = ""
    refers_to: tuple[str, ...] = ()
    length: int = 255
    values: tuple[str, ...] = ()

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")


@dataclass(frozen=True)
class ObjectType:
    """An object of the API.

    Args:
        rows: positions of its rows at the view's moment, deleted ones among them.
        deleted: for positions, whether the row is deleted; None for objects that have no IsDeleted.
        deleted_at: for positions of deleted rows, the moment of their deletion.
        erased: positions of rows that were deleted past the recycle bin: nothing but the delete log knows them.
        replicated: its deletions are told.
        bulk: Bulk API 2.0 serves it.
    """

    name: str
    label: str
    fields: dict[str, Field]
    rows: Callable[[View], Ints]
    deleted: Callable[[View, Ints], Bools] | None = None
    deleted_at: Callable[[View, Ints], Ints] | None = None
    erased: Callable[[View], Ints] | None = None
    replicated: bool = True
    bulk: bool = True

    def find(self, name: str) -> Field | None:
        return {key.lower(): value for key, value in self.fields.items()}.get(name.lower())


def declare(fields: list[Field]) -> dict[str, Field]:
    return {f.name: f for f in fields}


def current(since: Ints, until: Ints, clock: int) -> Ints:
    """Rows whose time holds the clock."""
    return np.flatnonzero((since <= clock) & (until > clock))


# ---------- values to Arrow


def times(seconds: Ints, missing: Bools | None = None) -> pa.Array:
    return pa.array(seconds.astype("datetime64[s]").astype("datetime64[ms]"), mask=missing).cast(
        pa.timestamp("ms", "UTC")
    )


def dates(days: Ints, missing: Bools | None = None) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=missing).cast(pa.date32())


def money(cents: Ints, missing: Bools | None = None) -> pa.Array:
    """Cents as decimal(18, 2)."""
    halves = np.empty((len(cents), 2), dtype=np.int64)
    halves[:, 0] = cents
    halves[:, 1] = cents >> 63
    validity = pa.array(~missing).buffers()[1] if missing is not None and missing.any() else None
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [validity, pa.py_buffer(halves.tobytes())])


def flags(values: Bools) -> pa.Array:
    return pa.array(np.asarray(values, dtype=bool))


def numbers(values: Ints, missing: Bools | None = None) -> pa.Array:
    return pa.array(values.astype(np.int64), mask=missing)


def nothing(rows: Ints) -> pa.Array:
    return pa.nulls(len(rows), pa.string())


def constant(value: str, rows: Ints) -> pa.Array:
    return pa.repeat(pa.scalar(value), len(rows))
