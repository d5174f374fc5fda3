"""The macros of survival on PostgreSQL and DuckDB, against scipy and against a slow and obvious reference."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import jinja2
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from attain import transform
from tests import survival
from tests.databases import TestServer
from tests.survival import Stay

Run = Callable[[str], list[dict[str, Any]]]
Groups = Sequence[Sequence[Stay]]

WAYS = ("advanced", "lost", "back")
MACROS: Any = (
    jinja2.Environment(extensions=["jinja2.ext.do"])
    .from_string((transform.PROJECT / "macros" / "survival.sql").read_text())
    .module
)

_stay = st.builds(Stay, st.integers(0, 40), st.sampled_from([None, *WAYS]))
_groups = st.lists(st.lists(_stay, min_size=1, max_size=30), min_size=1, max_size=4)


@pytest.fixture(params=["postgres", "duckdb"], scope="module")
def run(request: pytest.FixtureRequest, server: TestServer) -> Run:
    """Rows of a query, on either engine."""
    if request.param == "duckdb":
        connection = duckdb.connect()

        def on_duckdb(query: str) -> list[dict[str, Any]]:
            found = connection.execute(query)
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        return on_duckdb
    engine = sa.create_engine(server.url(), poolclass=sa.NullPool)

    def on_postgres(query: str) -> list[dict[str, Any]]:
        with engine.connect() as postgres:
            return [dict(row) for row in postgres.execute(sa.text(query)).mappings()]

    return on_postgres


def _curves(groups: Groups) -> str:
    """CTEs that end in survival, over groups numbered from 0."""
    rows = []
    for number, stays in enumerate(groups):
        for day in {stay.days for stay in stays}:
            those = [stay.exit_kind for stay in stays if stay.days == day]
            counts = ", ".join(str(those.count(way)) for way in WAYS)
            rows.append(f"({number}, {day}, {len(those)}, {counts})")
    names = ", ".join(f"{way}_stays" for way in WAYS)
    return (
        f"with durations (number, days, stays, {names}) as (values {', '.join(rows)}), "
        f"{MACROS.survival_curves('durations', ['number'], WAYS, WAYS)}"
    )


def _told(run: Run, groups: Groups) -> dict[int, list[dict[str, Any]]]:
    told = defaultdict(list)
    for row in run(f"{_curves(groups)} select * from survival order by number, days"):
        told[row["number"]].append(row)
    return told


@settings(max_examples=40)
@given(groups=_groups)
def test_who_stays_is_what_scipy_says_of_censored_data(run: Run, groups: Groups) -> None:
    """Kaplan-Meier at every day on which something ended."""
    told = _told(run, groups)
    for number, stays in enumerate(groups):
        ended = [stay.days for stay in stays if stay.exit_kind is not None]
        if not ended:
            assert all(row["survival"] == 1 for row in told[number])
            continue
        censored = [stay.days for stay in stays if stay.exit_kind is None]
        judge = stats.ecdf(stats.CensoredData(uncensored=ended, right=censored)).sf
        expected = dict(zip(judge.quantiles, judge.probabilities, strict=True))
        found = {row["days"]: row["survival"] for row in told[number] if row["ended_stays"]}
        for day, share in found.items():
            assert share == pytest.approx(expected[day], abs=1e-12)
        assert set(found) == set(ended)


@settings(max_examples=40)
@given(groups=_groups)
def test_ways_out_compete_as_aalen_and_johansen_say(run: Run, groups: Groups) -> None:
    """Every share on every day, and with those who stay they are everybody."""
    told = _told(run, groups)
    for number, stays in enumerate(groups):
        expected = survival.curve(stays, WAYS)
        assert [row["days"] for row in told[number]] == sorted(expected)
        for row in told[number]:
            shares = {"staying": row["survival"], **{way: row[f"{way}_incidence"] for way in WAYS}}
            assert shares == pytest.approx(expected[row["days"]], abs=1e-12)
            assert sum(shares.values()) == pytest.approx(1, abs=1e-12)


@settings(max_examples=40)
@given(groups=_groups)
def test_quantiles_are_the_first_days_and_null_if_never(run: Run, groups: Groups) -> None:
    """Medians and p90 of staying, and the day by which half have advanced."""
    rows = run(
        f"{_curves(groups)} select number, {MACROS.survival_quantile('days', 'survival', 0.5)} as median, "
        f"{MACROS.survival_quantile('days', 'survival', 0.1)} as p90, "
        f"{MACROS.incidence_quantile('days', 'advanced_incidence', 0.5)} as advanced from survival group by number"
    )
    assert len(rows) == len(groups)
    for row in rows:
        curve = survival.curve(groups[row["number"]], WAYS)
        assert (row["median"], row["p90"], row["advanced"]) == (
            survival.first_day(curve, "staying", 0.5, falling=True),
            survival.first_day(curve, "staying", 0.1, falling=True),
            survival.first_day(curve, "advanced", 0.5, falling=False),
        )


def test_times_1_1_4_5_6_9_9_22(run: Run) -> None:
    """The published case: 1, 1, 4, 5, 6+, 9, 9+, 22 give S = .750 .625 .500 .333 .000 and a median of 5."""
    case = [Stay(days, way) for days, way in (
        (1, "lost"), (1, "advanced"), (4, "lost"), (5, "back"), (6, None), (9, "lost"), (9, None), (22, "advanced"),
    )]  # fmt: skip
    rows = _told(run, [case])[0]
    assert {row["days"]: round(row["survival"], 3) for row in rows if row["ended_stays"]} == {
        1: 0.75, 4: 0.625, 5: 0.5, 9: 0.333, 22: 0,
    }  # fmt: skip
    median = MACROS.survival_quantile("days", "survival", 0.5)
    assert run(f"{_curves([case])} select {median} as median from survival") == [{"median": 5}]


def test_nobody_at_risk_is_not_everybody_gone(run: Run) -> None:
    """A group that holds counts but no stay has no curve: nulls, not zeros."""
    names = ", ".join(f"{way}_stays" for way in WAYS)
    rows = run(
        f"with durations (number, days, stays, {names}) as (values (0, 0, 0, 0, 0, 0)), "
        f"{MACROS.survival_curves('durations', ['number'], WAYS, WAYS)} select * from survival"
    )
    assert [(row["survival"], row["advanced_incidence"]) for row in rows] == [(None, None)]
