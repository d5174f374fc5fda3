"""The one place that knows Great Expectations: a suite becomes its objects, a checkpoint runs them, outcomes come back.

Values never come back: failing rows are counted (SUMMARY without values), and where a check looks at personal data
only pass or fail is asked (BOOLEAN_ONLY). Importing this costs seconds, so it is imported inside a validation only.
"""

import itertools
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

import great_expectations as gx
import sqlalchemy as sa
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b import (
    ExpectColumnPairValuesAToBeGreaterThanB,
)
from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
from sqlalchemy.dialects import postgresql

from attain.rules import Between, Bound, NotBefore, NotNull, OneOf, Rule
from expectations.checks import Check, Suite

_SEVERITY = {"critical": "critical", "quarantine": "warning", "warn": "warning"}
_BIND = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")  # what SQLAlchemy takes for a parameter in plain text

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What one check came to.

    Args:
        checked: rows looked at; None when only pass or fail was asked.
        error: the kind of error that kept it from being evaluated, without its text; None when it was.
    """

    check: Check
    expectation: str
    success: bool
    checked: int | None
    seconds: float
    error: str | None = None


class Checkpoints:
    """Runs suites against one database; a context manager, which closes its connections."""

    def __init__(self, url: sa.URL) -> None:
        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        self._numbers = itertools.count(1)  # names must differ, and a table may have several suites
        self._context = gx.get_context(mode="ephemeral", cloud_mode=False, project_config=_config())
        # Typed loosely: the stubs of this method leave out what goes to the engine.
        sources: Any = self._context.data_sources
        self._source = sources.add_postgres(
            "warehouse",
            connection_string=url.render_as_string(hide_password=False),
            create_temp_table=False,
            kwargs={"hide_parameters": True, "pool_size": 1},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.get_engine().dispose()
        self._source.get_execution_engine().close()  # it has an engine of its own

    def run(self, suite: Suite) -> list[Outcome]:
        """Each check of the suite once, in its order."""
        personal = [check for check in suite.checks if suite.is_personal(check)]
        others = [check for check in suite.checks if not suite.is_personal(check)]
        done = {
            **self._run(suite, others, "counts", counted_format(suite)),
            **self._run(suite, personal, "pass or fail", {"result_format": "BOOLEAN_ONLY"}),
        }
        return [done[place] for place in sorted(done)]

    def _run(self, suite: Suite, checks: Sequence[Check], what: str, asked: dict[str, Any]) -> dict[int, Outcome]:
        if not checks:
            return {}
        started = time.monotonic()
        name = f"{next(self._numbers)} {suite.stage} {suite.table} {what}"
        asset = self._source.add_query_asset(name, query=query_text(suite.query))
        rows = asset.add_batch_definition_whole_table(name)
        places = {suite.checks.index(check): check for check in checks}
        expected = gx.ExpectationSuite(name=name, expectations=[expectation(c, place) for place, c in places.items()])
        if len(expected.expectations) != len(checks):
            raise ValueError(f"{name}: {len(checks)} checks became {len(expected.expectations)} expectations")
        definition = gx.ValidationDefinition(name=name, data=rows, suite=self._context.suites.add(expected))
        self._context.validation_definitions.add(definition)
        checkpoint = gx.Checkpoint(name=name, validation_definitions=[definition], result_format=asked, actions=[])
        ran = self._context.checkpoints.add(checkpoint).run()
        seconds = (time.monotonic() - started) / len(checks)
        results = [result for run in ran.run_results.values() for result in run.results]
        found = {_place(result): _outcome(places, result, seconds) for result in results}
        return {place: found.get(place) or _dropped(check, seconds) for place, check in places.items()}


def counted_format(suite: Suite) -> dict[str, Any]:
    """Counts, and keys of at most 20 failing rows; no values."""
    return {
        "result_format": "SUMMARY",
        "exclude_unexpected_values": True,
        "unexpected_index_column_names": list(suite.key),
    }


def expectation(check: Check, place: int) -> Any:
    """The Great Expectations object of a check; `place` tells its result from the others."""
    more = {"severity": _SEVERITY[check.severity], "meta": {"place": place}, "description": check.words}
    return _of_rule(check.rule, more)


def query_text(query: sa.Select[Any]) -> str:
    """The query as text that SQLAlchemy, which Great Expectations hands it to, takes as it stands."""
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    text = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return _BIND.sub(r"\\:\1", text)


def _of_rule(rule: Rule, more: dict[str, Any]) -> Any:
    match rule:
        case NotNull():
            return ExpectColumnValuesToNotBeNull(column=rule.column, **more)
        case Between():
            return ExpectColumnValuesToBeBetween(
                column=rule.column, min_value=_bound(rule.low), max_value=_bound(rule.high), **more
            )
        case OneOf():
            return ExpectColumnValuesToBeInSet(column=rule.column, value_set=list(rule.values), **more)
        case NotBefore():
            return ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=rule.column,
                column_B=rule.other,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                **more,
            )


def _bound(value: Bound | None) -> float | date | None:
    return float(value) if isinstance(value, Decimal) else value


def _place(result: Any) -> int:
    return int(result.expectation_config.meta["place"])


def _outcome(places: dict[int, Check], result: Any, seconds: float) -> Outcome:
    config = result.expectation_config
    raised = _raised(result.exception_info)
    return Outcome(
        places[_place(result)],
        config.type,
        bool(result.success) and raised is None,
        result.result.get("element_count"),
        seconds,
        raised,
    )


def _dropped(check: Check, seconds: float) -> Outcome:
    return Outcome(check, "", False, None, seconds, "NoResult")


def _raised(info: Any) -> str | None:
    """The kind of the error of a metric, if any; its text may quote rows."""
    if not info:
        return None
    if info.get("raised_exception") is False:
        return None
    return "MetricError"


def _config() -> DataContextConfig:
    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
    )
