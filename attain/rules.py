"""Rules on one row, declared once per table.

Quarantine (in landing) and the Great Expectations suite are both derived from these, so a rule has one home.
A rule with severity `quarantine` sets the row aside at landing; `warn` lets it in and counts it;
`critical` stops the run before anything is published. A rule on a null value passes, except `NotNull`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import sqlalchemy as sa

Severity = Literal["critical", "quarantine", "warn"]
Bound = int | Decimal | date


@dataclass(frozen=True)
class NotNull:
    """The column holds a value."""

    column: str
    severity: Severity = "quarantine"

    @property
    def name(self) -> str:
        return f"{self.column} is present"

    def broken(self, columns: sa.ColumnCollection[str, sa.ColumnElement[object]]) -> sa.ColumnElement[bool]:
        """True for a row that breaks the rule."""
        return columns[self.column].is_(None)


@dataclass(frozen=True)
class Between:
    """The column lies in [low, high]; either end may be open."""

    column: str
    low: Bound | None = None
    high: Bound | None = None
    severity: Severity = "quarantine"

    @property
    def name(self) -> str:
        if self.low is None:
            return f"{self.column} is at most {self.high}"
        if self.high is None:
            return f"{self.column} is at least {self.low}"
        return f"{self.column} is between {self.low} and {self.high}"

    def broken(self, columns: sa.ColumnCollection[str, sa.ColumnElement[object]]) -> sa.ColumnElement[bool]:
        """True for a row that breaks the rule."""
        column = columns[self.column]
        ends = [column < self.low] if self.low is not None else []
        ends += [column > self.high] if self.high is not None else []
        return sa.and_(column.is_not(None), sa.or_(*ends))


@dataclass(frozen=True)
class OneOf:
    """The column holds one of the values."""

    column: str
    values: tuple[str, ...]
    severity: Severity = "quarantine"

    @property
    def name(self) -> str:
        return f"{self.column} is one of {', '.join(self.values)}"

    def broken(self, columns: sa.ColumnCollection[str, sa.ColumnElement[object]]) -> sa.ColumnElement[bool]:
        """True for a row that breaks the rule."""
        column = columns[self.column]
        return sa.and_(column.is_not(None), column.not_in(self.values))


@dataclass(frozen=True)
class NotBefore:
    """The column is not before the other column."""

    column: str
    other: str
    severity: Severity = "warn"

    @property
    def name(self) -> str:
        return f"{self.column} is not before {self.other}"

    def broken(self, columns: sa.ColumnCollection[str, sa.ColumnElement[object]]) -> sa.ColumnElement[bool]:
        """True for a row that breaks the rule."""
        return columns[self.column] < columns[self.other]


Rule = NotNull | Between | OneOf | NotBefore
