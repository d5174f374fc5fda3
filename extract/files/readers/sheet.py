"""A table as it stands in a file, before anything is known of its meaning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

HEADER_SEARCH = 25
"""Rows from the top among which a header is looked for."""


@dataclass(frozen=True)
class ReadAs:
    """How a file is to be read; None where the file shows it.

    Args:
        known: whether a header of that name means something to us; the header row is found by it.
    """

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    known: Callable[[str], bool] = field(default=lambda _: False)


@dataclass(frozen=True)
class Broken:
    """A row that has not as many values as the header has names."""

    number: int
    text: str
    values: int
    names: int

    @property
    def rule(self) -> str:
        return f"row has {self.names} values (it has {self.values})"


@dataclass(frozen=True)
class Sheet:
    """A table as it stands in a file.

    Args:
        file: the file's name, with the sheet's in brackets where the file has sheets.
        sheet: the sheet's name in a workbook.
        columns: text, or what a typed file holds; empty text is null.
        numbers: each row's number in the file, the first line being 1; blank lines are not counted.
        broken: rows set aside because they do not fit the header.
        notes: what was left out while reading, for people.
    """

    file: str
    names: tuple[str, ...]
    columns: tuple[pa.Array, ...]
    numbers: pa.Array
    sheet: str | None = None
    broken: tuple[Broken, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.numbers)

    def filter(self, keep: pa.Array) -> "Sheet":
        """The rows where `keep` is true."""
        return replace(self, columns=tuple(c.filter(keep) for c in self.columns), numbers=self.numbers.filter(keep))

    def noting(self, *notes: str) -> "Sheet":
        """The same sheet with further notes."""
        return replace(self, notes=(*self.notes, *notes))


def header_at(rows: Sequence[Sequence[str]], how: ReadAs) -> int:
    """Index of the header among the first rows: the one with most names we know, else the first with most names."""
    if how.header_row is not None:
        return how.header_row - 1
    scores: list[int] = [sum(how.known(cell) for cell in row) for row in rows[:HEADER_SEARCH]]
    if scores and max(scores) >= 2:
        return scores.index(max(scores))
    widths = [sum(bool(cell.strip()) for cell in row) for row in rows[:HEADER_SEARCH]]
    return widths.index(max(widths, default=0)) if any(widths) else 0


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names trimmed; a repeated one gets ` (2)`, an empty one `column 7`."""
    seen: dict[str, int] = {}
    result = []
    for place, raw in enumerate(names, start=1):
        name = " ".join(raw.replace("\ufeff", "").split()) or f"column {place}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(result)
