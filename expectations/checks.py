"""What a check is: a rule on the rows of a query, in words, with what follows when it does not hold.

The rule is said once: Great Expectations evaluates it (`expectations.gx`), and the same predicate finds the failing
rows' keys (`expectations.failures`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from attain.rules import Between, NotBefore, NotNull, OneOf, Rule, Severity

Stage = Literal["raw", "staging", "marts"]


@dataclass(frozen=True)
class Check:
    """One rule on each row of a suite's query.

    Args:
        rule: what must hold.
        name: the rule in words; default: as the rule says.
        what_to_do: what a person does when it does not hold.
        owner: who does it.
    """

    rule: Rule
    what_to_do: str
    owner: str
    name: str = ""

    @property
    def words(self) -> str:
        return self.name or self.rule.name

    @property
    def severity(self) -> Severity:
        return self.rule.severity


@dataclass(frozen=True)
class Suite:
    """Checks on the rows of one query.

    Args:
        table: what the rows stand for, as people see it: a table with its schema, or a stage.
        query: the rows; it selects no more than keys and what the rules need.
        key: columns of the query that name a row; never personal.
        personal: columns of the query that hold personal data; of these only pass or fail is ever asked.
        observed: a text over all rows of the query, shown beside the results; counts and sums only.
        measured: whole numbers over all rows of the query, by name, kept beside the results for later stations.
    """

    stage: Stage
    table: str
    query: sa.Select[Any]
    key: tuple[str, ...]
    checks: tuple[Check, ...]
    personal: frozenset[str] = field(default_factory=frozenset)
    observed: sa.ColumnElement[str] | None = None
    measured: Mapping[str, sa.ColumnElement[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.personal & set(self.key):
            raise ValueError(
                f"{self.table}: a personal column cannot name a row: {sorted(self.personal & set(self.key))}"
            )

    def is_personal(self, check: Check) -> bool:
        """Whether the check looks at personal data."""
        return bool(self.personal & set(columns_of(check.rule)))


def columns_of(rule: Rule) -> tuple[str, ...]:
    """The columns a rule looks at."""
    return (rule.column, rule.other) if isinstance(rule, NotBefore) else (rule.column,)


def zero(column: str, severity: Severity = "critical") -> Between:
    """A difference that must be nothing."""
    return Between(column, 0, 0, severity)


class Shapes:
    """Which tables a schema has, so that checks exist for what has been built."""

    def __init__(self, connection: sa.Connection, *schemas: str) -> None:
        inspector = sa.inspect(connection)
        self._columns = {
            (schema, str(name)): [c["name"] for c in columns]
            for schema in schemas
            for (_, name), columns in inspector.get_multi_columns(schema=schema).items()
        }

    def names(self, schema: str) -> list[str]:
        """The tables of a schema, by name."""
        return sorted(name for owner, name in self._columns if owner == schema)

    def columns(self, schema: str, name: str) -> Sequence[str]:
        """The table's columns in order; empty when it is not built."""
        return self._columns.get((schema, name), ())

    def table(self, schema: str, name: str, *needed: str) -> sa.TableClause | None:
        """The table, or None while it or a needed column is not built."""
        columns = self.columns(schema, name)
        if not columns or not set(needed) <= set(columns):
            return None
        return sa.table(name, *map(sa.column, columns), schema=schema)


__all__ = ["Between", "Check", "NotBefore", "NotNull", "OneOf", "Rule", "Shapes", "Suite", "columns_of", "zero"]
