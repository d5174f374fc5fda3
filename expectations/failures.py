"""Which rows break a check, found by our own SQL on the rule's predicate, and the check's result in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from expectations.checks import Check, Suite

if TYPE_CHECKING:
    from expectations.gx import Outcome

STORED_KEYS = 20
_SHOWN_KEYS = 3


@dataclass(frozen=True)
class Result:
    """A check's result as it is recorded and shown; keys of rows, never their values."""

    suite: Suite
    check: Check
    outcome: "Outcome"
    checked: int
    failed: int
    keys: tuple[str, ...]
    observed: str | None
    measured: Mapping[str, int]

    @property
    def success(self) -> bool:
        return self.outcome.success

    @property
    def stops(self) -> bool:
        """Whether nothing may be published: a critical check that failed, or any that could not be evaluated."""
        return not self.success and (self.check.severity == "critical" or self.outcome.error is not None)

    @property
    def message(self) -> str:
        """What was found, as a sentence."""
        if self.outcome.error:
            return f"{self.suite.table}: could not be checked: {self.check.words} ({self.outcome.error})."
        if self.success:
            return f"{self.suite.table}: {self.check.words} in all {self.checked:,} rows."
        shown = ", ".join(self.keys[:_SHOWN_KEYS]) + (", ..." if self.failed > _SHOWN_KEYS else "")
        return f"{self.suite.table}: {self.failed:,} of {self.checked:,} rows break: {self.check.words}. Rows: {shown}."


def look_into(connection: sa.Connection, suite: Suite, outcomes: "list[Outcome]") -> list[Result]:
    """The outcomes of a suite with rows checked, failing rows and their keys."""
    rows = suite.query.subquery("q")
    observed = sa.null() if suite.observed is None else suite.observed
    try:
        with connection.begin_nested():
            over_all = sa.select(sa.func.count(), observed, *suite.measured.values()).select_from(rows)
            checked, text, *numbers = connection.execute(over_all).one()
    except sa.exc.ProgrammingError:
        checked, text, numbers = 0, None, []  # the query itself fails, as every outcome of it then says
    measured = {name: int(number) for name, number in zip(suite.measured, numbers, strict=False)}
    result = partial(Result, suite, checked=int(checked), observed=text, measured=measured)
    return [_result(connection, suite, outcome, rows, result) for outcome in outcomes]


def failing(suite: Suite, check: Check, rows: sa.Subquery) -> sa.Select[str, int]:
    """Key and number of all rows that break a check."""
    parts = [sa.func.coalesce(sa.cast(rows.c[name], sa.Text), "") for name in suite.key]
    key: sa.ColumnElement[str] = parts[0]
    for part in parts[1:]:
        key = key + "|" + part
    return (
        sa.select(key.label("key"), sa.func.count().over().label("total"))
        .where(check.rule.broken(rows.c))
        .order_by(sa.text("1"))
    )


def _result(
    connection: sa.Connection, suite: Suite, outcome: "Outcome", rows: sa.Subquery, result: Callable[..., Result]
) -> Result:
    if outcome.success or outcome.error:
        return result(check=outcome.check, outcome=outcome, failed=0, keys=())
    found = connection.execute(failing(suite, outcome.check, rows).limit(STORED_KEYS)).all()
    failed = int(found[0].total) if found else 0
    return result(check=outcome.check, outcome=outcome, failed=failed, keys=tuple(row.key for row in found))
