"""The pipeline's analysis marts over random deals, against figures counted one by one."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from attain.settings import Database
from tests import stages_reference, survival, warehouse
from tests.databases import TestServer
from tests.deal_walks import Walks
from tests.stages_reference import Visit
from tests.survival import Stay

pytestmark = pytest.mark.timeout(900)

DEALS = 400
AS_OF = datetime(2026, 6, 15, tzinfo=UTC)
TYPES = ("month", "quarter", "year")
WAYS = ("advanced", "lost", "back", "other")

Row = dict[str, Any]
Cohort = tuple[str, date, str, str, str, str]


@dataclass(frozen=True)
class Built:
    """A warehouse of random deals; dates of it by fiscal period."""

    database: Database
    deals: dict[str, Row]
    periods: dict[tuple[str, date], tuple[date, date]]

    def rows(self, query: str) -> list[Row]:
        return warehouse.found(self.database, query)

    def start(self, period_type: str, day: date) -> date:
        return self.periods[period_type, day][0]


@pytest.fixture(scope="module")
def built(server: TestServer, template_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("analysis")
    with warehouse.opened(server, template_database) as (database, run):
        warehouse.land_company(
            database, run, folder / "company", name="Walks", fiscal_year_start_month=3,
            fiscal_calendar="4-4-5", minimum_cases=3,
        )  # fmt: skip
        for table, rows in Walks(7, DEALS, AS_OF).tables():
            warehouse.land_rows(database, run, table, rows)
        warehouse.build(database, run, folder, AS_OF)
        deals = {row["opportunity_key"]: row for row in warehouse.found(database, "select * from marts.pipeline_deals")}
        days = warehouse.found(
            database, "select * from core.period_days where period_type in ('month','quarter','year')"
        )
        yield Built(
            database, deals,
            {(row["period_type"], row["calendar_date"]): (row["period_start"], row["period_end"]) for row in days},
        )  # fmt: skip


@pytest.fixture(scope="module")
def visits(built: Built) -> list[Visit]:
    stays = built.rows("select * from marts.pipeline_deal_stages")
    return list(stages_reference.visits(stays, AS_OF.date()))


def _slices(deal: Row) -> Iterator[tuple[str, str, str]]:
    yield "all", "all", "all"
    yield "team", deal["team"] or "unknown", "all"
    yield "segment", "all", deal["segment"] or "not recorded"


def _cohorts(built: Built, visits: list[Visit]) -> dict[Cohort, list[Visit]]:
    used = {visit.stage for visit in visits if visit.days is not None}
    cohorts: dict[Cohort, list[Visit]] = defaultdict(list)
    for visit in visits:
        for level, team, segment in _slices(built.deals[visit.deal]):
            for period_type in TYPES:
                if visit.stage in used:
                    start = built.start(period_type, visit.day)
                    cohorts[level, start, period_type, visit.stage, team, segment].append(visit)
    return cohorts


def _counted(built: Built, members: list[Visit]) -> dict[str, int]:
    stays = [visit for visit in members if visit.days is not None]
    first = [visit for visit in stays if visit.is_first]
    unconverted = [built.deals[visit.deal]["outcome"] for visit in first if not visit.is_converted]
    exits = Counter(visit.exit_kind for visit in stays)
    return {
        "entries": len(first), "reentries": len(stays) - len(first), "skipped_deals": len(members) - len(stays),
        "converted_deals": sum(visit.is_converted for visit in first), "lost_deals": unconverted.count("lost"),
        "open_deals": len(unconverted) - unconverted.count("lost"), "still_in_stage": exits[None],
        "exits_forward": exits["advanced"], "exits_backward": exits["back"], "exits_lost": exits["lost"],
        "exits_other": exits["other"],
    }  # fmt: skip


def test_stage_performance_is_what_each_deal_did(built: Built, visits: list[Visit]) -> None:
    """Every count, rate and quantile of every cohort; nothing is there that no deal explains."""
    cohorts = _cohorts(built, visits)
    told = {
        (r["dimension_level"], r["period_start"], r["period_type"], r["stage"], r["team"], r["segment"]): r
        for r in built.rows("select * from marts.pipeline_stage_performance")
    }
    assert set(told) == set(cohorts)
    for cohort, members in cohorts.items():
        row, counts = told[cohort], _counted(built, members)
        assert {name: row[name] for name in counts} == counts, cohort
        passed, all_of_them = (
            counts["converted_deals"] + counts["skipped_deals"],
            counts["entries"] + counts["skipped_deals"],
        )
        if all_of_them:
            assert float(row["conversion_rate"]) == pytest.approx(passed / all_of_them, abs=1e-9)
        else:
            assert row["conversion_rate"] is None
        assert row["is_small_sample"] == (all_of_them < 3)
        curve = survival.curve([Stay(v.days, v.exit_kind) for v in members if v.days is not None], WAYS)
        assert (row["median_days"], row["p90_days"], row["median_days_to_advance"]) == (
            survival.first_day(curve, "staying", 0.5, falling=True),
            survival.first_day(curve, "staying", 0.1, falling=True),
            survival.first_day(curve, "advanced", 0.5, falling=False),
        )
    seen = Counter[str]()
    for row in told.values():
        seen.update(name for name, value in row.items() if isinstance(value, int) and value)
    kinds = {"reentries", "skipped_deals", "exits_backward", "exits_other", "exits_lost", "still_in_stage"}
    assert kinds - set(seen) == set(), "the deals ought to hold every kind of path"


def test_survival_curves_are_the_slow_ones(built: Built, visits: list[Visit]) -> None:
    """All stays ever, per stage and slice, day by day."""
    stays: dict[tuple[str, str, str, str], list[Stay]] = defaultdict(list)
    for visit in visits:
        if visit.days is not None:
            for level, team, segment in _slices(built.deals[visit.deal]):
                stays[level, visit.stage, team, segment].append(Stay(visit.days, visit.exit_kind))
    told: dict[Any, dict[int, Row]] = defaultdict(dict)
    for r in built.rows("select * from marts.pipeline_stage_survival"):
        told[r["dimension_level"], r["stage"], r["team"], r["segment"]][r["days"]] = r
    assert set(told) == set(stays)
    for group, those in stays.items():
        curve = survival.curve(those, WAYS)
        assert set(told[group]) == set(curve)
        for day, shares in curve.items():
            row = told[group][day]
            assert row["at_risk_stays"] == sum(stay.days >= day for stay in those)
            found = {"staying": row["staying_share"], **{way: row[f"{way}_share"] for way in WAYS}}
            assert {name: float(share) for name, share in found.items()} == pytest.approx(shares, abs=1e-9)


def _state(states: list[Row], before: date) -> Row | None:
    """The state a deal was in as the day before a date ended."""
    known = [state for state in states if state["change_date"] < before]
    return known[-1] if known else None


@pytest.fixture(scope="module")
def histories(built: Built) -> dict[str, list[Row]]:
    states: dict[str, list[Row]] = defaultdict(list)
    for row in built.rows("select * from core.opportunity_changes order by opportunity_key, change_number"):
        states[row["opportunity_key"]].append(row)
    return states


def test_slippage_follows_every_deal_from_the_start_of_a_period_to_its_end(
    built: Built, histories: dict[str, list[Row]]
) -> None:
    """Per rep: what was due, how it ended, and the pushes recorded."""
    expected: dict[tuple[str, str, date], Counter[str]] = defaultdict(Counter)
    spans = {(kind, start, end) for (kind, _), (start, end) in built.periods.items() if start <= AS_OF.date()}
    for states in histories.values():
        for kind, start, end in spans:
            opening, ending = _state(states, start), _state(states, end)
            if opening and ending and opening["is_open"] and start <= (opening["close_date"] or date.max) < end:
                told = expected[opening["rep_key"], kind, start]
                told.update(["opening", _ended(ending, start, end)])
        for before, after in pairwise(states):
            if before["is_open"] and after["is_open"] and before["close_date"] and after["close_date"]:
                for kind in TYPES:
                    if built.start(kind, after["close_date"]) > built.start(kind, before["close_date"]):
                        expected[after["rep_key"], kind, built.start(kind, after["change_date"])]["push"] += 1
    names = {"opening": "opening_deals", "push": "pushes"} | {
        end: f"{end}_deals" for end in ("won", "lost", "slipped", "pulled", "overdue", "deleted")
    }
    rows = built.rows("select * from marts.pipeline_slippage where level = 'rep'")
    assert {
        (r["subject_key"], r["period_type"], r["period_start"]): {k: r[n] for k, n in names.items() if r[n]}
        for r in rows
    } == expected
    assert set(names) - set(sum(expected.values(), Counter())) == set(), "the deals ought to end in every way"


def _ended(state: Row, start: date, end: date) -> str:
    if state["is_deleted"]:
        return "deleted"
    if not state["is_open"]:
        return str(state["outcome"])
    due = state["close_date"] or start
    if due >= end:
        return "slipped"
    return "pulled" if due < start else "overdue"


def test_generation_is_the_amount_at_the_first_counted_stage(built: Built, histories: dict[str, list[Row]]) -> None:
    """Day and amount in the deal's currency of every deal that ever counted, and of no other."""
    expected = {}
    for key, states in histories.items():
        counted = [s for s in states if not s["is_deleted"] and (s["stage_order"] is None or s["stage_order"] >= 2)]
        if key in built.deals and counted:
            expected[key] = (counted[0]["change_date"], counted[0]["amount_local"])
    rows = built.rows("select * from marts.pipeline_deal_origins")
    assert {r["opportunity_key"]: (r["generated_date"], r["generated_amount_local"]) for r in rows} == expected
    assert 0 < len(expected) < len(built.deals)


@pytest.mark.parametrize(
    ("dimension", "value"),
    [
        ("all", lambda _: "all"),
        ("segment", lambda deal: deal["segment"]),
        ("reason", lambda deal: deal["outcome_reason"]),
    ],
)
def test_win_loss_counts_every_closed_deal(built: Built, dimension: str, value: Callable[[Row], str | None]) -> None:
    """Won and lost, deals and amounts, per month and value."""
    expected: dict[Any, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for deal in built.deals.values():
        if not deal["is_open"]:
            sums = expected[built.start("month", deal["close_date"]), value(deal) or "not recorded"]
            offset = 0 if deal["is_won"] else 2
            sums[offset] += 1
            sums[offset + 1] += deal["amount"] or 0
    rows = built.rows(
        f"select * from marts.pipeline_win_loss where period_type = 'month' and dimension = '{dimension}'"
    )
    assert {
        (r["period_start"], r["dimension_value"]):
        [r["won_deals"], r["won_amount"], r["lost_deals"], r["lost_amount"]] for r in rows
    } == expected  # fmt: skip
