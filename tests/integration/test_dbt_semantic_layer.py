"""The semantic layer against the marts: every metric, asked of MetricFlow, is the mart's figure of that name."""

import os
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from attain import transform
from tests import dbt_manifest, warehouse
from tests.dbt_manifest import address
from tests.library import Library
from tests.semantic_layer import SemanticLayer

pytestmark = pytest.mark.timeout(600)  # whichever comes first builds the library

# Period type of the marts -> how MetricFlow calls it.
FISCAL = {"week": "fiscal_week", "month": "fiscal_month", "quarter": "fiscal_quarter", "year": "fiscal_year"}
CALENDAR = {"day": "day", "calendar_month": "month", "calendar_quarter": "quarter", "calendar_year": "year"}
PERIODS = FISCAL | CALENDAR
RANKED = [kind for kind in PERIODS if kind not in ("day", "week")]

SUMS = [
    "won_deals", "lost_deals", "closed_deals_without_amount", "won_deals_with_amount", "won_cycle_deals", "won_cycle_days",
    "lost_cycle_deals", "lost_cycle_days", "created_deals", "created_won_deals", "created_open_deals", "activities", "calls",
    "emails", "meetings", "bookings_amount", "won_amount", "lost_amount", "created_amount",
]  # fmt: skip
RATIOS = [
    "win_rate", "win_rate_value", "win_rate_created", "created_open_share", "win_rate_all", "average_deal_size",
    "discount_rate", "meeting_share", "created_deals_per_activity",
]  # fmt: skip
CYCLES = ["mean_cycle_days", "mean_lost_cycle_days", "mean_closed_cycle_days"]
MEDIANS = ["median_deal_size", "median_cycle_days", "median_closed_cycle_days"]
# Of these nothing is not 0: no list price, no quota.
UNKNOWN = ["list_amount", "discount_amount"]
LEADS = {
    "leads": "leads", "leads_answered": "leads_answered", "leads_within_target": "leads_within_target",
    "leads_still_due": "leads_still_due", "answered_share": "answered_share", "within_target_share": "within_target_share",
    "median_hours": "median_response_hours", "p90_hours": "p90_response_hours",
}  # fmt: skip
OPEN = ["open_deals", "open_amount"]
# The marts keep ratios to nine digits, amounts to six and days to two.
NEAR = {**dict.fromkeys(RATIOS, 1e-9), "average_deal_size": 1e-6, "quota_attainment": 1e-9}
NEAR |= dict.fromkeys([*CYCLES, "median_cycle_days", "median_closed_cycle_days"], 0.005) | {"median_deal_size": 1e-6}


@pytest.fixture(scope="module")
def layer(library: Library, tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    target = tmp_path_factory.mktemp("dbt")
    dbt_manifest.parsed(target, {"DBT_DBNAME": library.database.name})
    return SemanticLayer(target, library.database)


def _same(metric: str, asked: Any, kept: Any) -> bool:
    """Whether both are one figure: sums exactly, what is divided to the digits that the mart keeps."""
    if asked is None or kept is None:
        # Where there is nothing of anything, one of both has no row and the other, for its other figures, a 0.
        return asked is kept or (metric in (*SUMS, "credited_amount") and not asked and not kept)
    if metric in NEAR:
        return abs(float(asked) - float(kept)) <= NEAR[metric] * (1 + 1e-6)
    return Decimal(asked) == Decimal(kept)


def _differences(
    layer: SemanticLayer, library: Library, mart: str, kind: str, metrics: Sequence[str], subject: str | None = None
) -> list[tuple[Any, ...]]:
    """What differs between the metrics by period (and subject) and the mart's rows of that period type."""
    time = f"metric_time__{PERIODS[kind]}"
    keys = [time] if subject is None else [time, subject]
    asked = {_key(row, keys): row for row in layer.query(metrics, keys) if row[time] is not None}
    column = {None: "", "rep": ", rep_key", "rep__team": ", team"}[subject]
    kept = {
        (row["period_start"], *([] if subject is None else [row[column.strip(", ")]])): row
        for row in warehouse.found(
            library.database,
            f"select period_start{column}, {', '.join(metrics)} from marts.{mart} where period_type = '{kind}'",
        )
    }
    assert kept, f"{mart} has no {kind}"
    missing: dict[str, Any] = dict.fromkeys(metrics)
    return [
        (kind, key, metric, asked.get(key, missing)[metric], kept.get(key, missing)[metric])
        for key in asked.keys() | kept.keys()
        for metric in metrics
        if not _same(metric, asked.get(key, missing)[metric], kept.get(key, missing)[metric])
    ]


def _key(row: dict[str, Any], keys: Sequence[str]) -> tuple[Any, ...]:
    return tuple(value.date() if hasattr(value, "date") else value for value in (row[key] for key in keys))


@pytest.mark.parametrize("kind", PERIODS)
def test_the_company_s_sums_and_ratios_are_the_semantic_layer_s(
    library: Library, layer: SemanticLayer, kind: str
) -> None:
    assert _differences(layer, library, "kpi_company_period", kind, [*SUMS, *UNKNOWN, *RATIOS, *CYCLES]) == []


@pytest.mark.parametrize("kind", ["week", "month", "year", "calendar_quarter"])
def test_each_rep_s_sums_and_ratios_are_the_semantic_layer_s(library: Library, layer: SemanticLayer, kind: str) -> None:
    assert (
        _differences(
            layer, library, "kpi_rep_period", kind, [*SUMS, *UNKNOWN, *RATIOS, *CYCLES, "credited_amount"], "rep"
        )
        == []
    )


@pytest.mark.parametrize("kind", RANKED)
def test_medians_are_the_semantic_layer_s(library: Library, layer: SemanticLayer, kind: str) -> None:
    assert _differences(layer, library, "kpi_company_period", kind, MEDIANS) == []
    assert _differences(layer, library, "kpi_rep_period", kind, MEDIANS, "rep") == []


@pytest.mark.parametrize("kind", ["month", "quarter", "year"])
def test_quotas_and_attainment_are_the_semantic_layer_s(library: Library, layer: SemanticLayer, kind: str) -> None:
    assert _differences(layer, library, "kpi_rep_period", kind, ["quota_amount", "quota_attainment"], "rep") == []


def test_open_pipeline_of_current_periods_is_the_semantic_layer_s(library: Library, layer: SemanticLayer) -> None:
    """The marts say what is open for periods that hold the day of the run; the semantic layer for any."""
    for kind, name in PERIODS.items():
        time = f"metric_time__{name}"
        current = warehouse.found(
            library.database,
            f"select period_start, {', '.join(OPEN)} from marts.kpi_company_period where is_current and period_type = '{kind}'",
        )
        asked = {
            row[time].date() if hasattr(row[time], "date") else row[time]: row
            for row in layer.query(OPEN, [time])
            if row[time]
        }
        for row in current:
            found = asked.get(row["period_start"])
            if found is None or row["open_deals"] is None:
                assert not (found and found["open_deals"]), (kind, row, found)
                assert not row["open_deals"], (kind, row, found)
            else:
                assert [found[metric] for metric in OPEN] == [row[metric] for metric in OPEN], kind
    assert any(row["open_deals"] for row in current)


def test_figures_by_team_come_from_the_reps_as_they_are(library: Library, layer: SemanticLayer) -> None:
    """A dimension of another model, joined by MetricFlow."""
    kept = warehouse.found(
        library.database,
        "select coalesce(reps.team, 'unknown') as team, sum(net_amount) as bookings_amount from marts.bookings "
        "left join marts.reps using (rep_key) group by 1",
    )
    asked = {
        row["rep__team"] or "unknown": row["bookings_amount"] for row in layer.query(["bookings_amount"], ["rep__team"])
    }
    assert asked == {row["team"]: row["bookings_amount"] for row in kept}


def test_sums_without_a_period_are_those_of_the_marts_themselves(library: Library, layer: SemanticLayer) -> None:
    """What no period of the KPI marts holds: closed, open and weighted pipeline, people and their funnel."""
    (kept,) = warehouse.found(
        library.database,
        "select count(*) filter (where not is_open) as closed_deals, sum(amount) filter (where not is_open) as closed_amount, "
        "sum(weighted_amount) filter (where is_open) as weighted_open_amount, "
        "count(*) filter (where is_cycle_valid) as closed_cycle_deals, "
        "sum(cycle_days) filter (where is_cycle_valid) as closed_cycle_days, "
        "(select count(*) from marts.people) as new_people, "
        "(select count(*) from marts.people where is_converted) as converted_people from marts.pipeline_deals",
    )
    metrics = list(kept)
    (asked,) = layer.query(metrics, [])
    assert {metric: Decimal(asked[metric]) for metric in metrics} == {
        metric: Decimal(kept[metric]) for metric in metrics
    }


def test_people_entered_are_those_of_the_funnel(library: Library, layer: SemanticLayer) -> None:
    """Cohorts go by the first entry, which is awareness; over all time, all stages agree."""
    by_stage = {
        row["funnel_entry__funnel_stage"]: (row["people_entered"], row["people_observed"])
        for row in layer.query(["people_entered", "people_observed"], ["funnel_entry__funnel_stage"])
    }
    kept = warehouse.found(
        library.database,
        "select funnel_stage, sum(people_entered) as people from marts.funnel_conversion "
        "where dimension_level = 'all' and cohort_period_type = 'month' group by 1",
    )
    assert len(kept) == 4
    assert {stage: entered for stage, (entered, _) in by_stage.items()} == {
        row["funnel_stage"]: row["people"] for row in kept
    }
    assert any(observed < entered for entered, observed in by_stage.values())
    stages = {f"people_entered_{row['funnel_stage']}": row["people"] for row in kept}
    (asked,) = layer.query(list(stages), [])
    assert asked == stages
    cohorts = warehouse.found(
        library.database,
        "select cohort_start, people_entered from marts.funnel_conversion where dimension_level = 'all' "
        "and cohort_period_type = 'month' and funnel_stage = 'awareness'",
    )
    monthly = layer.query(["people_entered_awareness"], ["metric_time__fiscal_month"])
    assert {row["metric_time__fiscal_month"]: row["people_entered_awareness"] for row in monthly} == {
        row["cohort_start"]: row["people_entered"] for row in cohorts
    }


@pytest.mark.parametrize("kind", ["month", "quarter", "year"])
def test_lead_response_is_the_semantic_layer_s(library: Library, layer: SemanticLayer, kind: str) -> None:
    time = f"metric_time__{PERIODS[kind]}"
    asked = {row[time]: [row[metric] for metric in LEADS.values()] for row in layer.query(list(LEADS.values()), [time])}
    kept = {
        row["period_start"]: [row[column] for column in LEADS]
        for row in warehouse.found(
            library.database,
            f"select * from marts.lead_response where dimension_level = 'all' and period_type = '{kind}'",
        )
    }
    assert kept.keys() == asked.keys()
    assert kept
    for period, figures in kept.items():
        for column, figure, answer in zip(LEADS, figures, asked[period], strict=True):
            near = 1e-9 if column.endswith("_share") else 5e-5 if column.endswith("_hours") else 0
            assert (figure is None) == (answer is None), (period, column)
            assert figure is None or abs(float(figure) - float(answer)) <= near, (period, column)


def test_every_metric_is_compared_with_a_mart(layer: SemanticLayer) -> None:
    """A metric that is added is added above: a definition nobody compares is a second truth."""
    compared = {
        *SUMS,
        *UNKNOWN,
        *RATIOS,
        *CYCLES,
        *MEDIANS,
        *OPEN,
        "credited_amount",
        "quota_amount",
        "quota_attainment",
    }
    compared |= {"closed_deals", "closed_amount", "weighted_open_amount", "closed_cycle_deals", "closed_cycle_days"}
    compared |= {"new_people", "converted_people", "people_entered", "people_observed"}
    compared |= {f"people_entered_{stage}" for stage in ("awareness", "interest", "decision", "action")}
    assert layer.metrics == compared | set(LEADS.values())


def test_the_docs_site_shows_the_warehouse_as_it_was_built(library: Library, tmp_path: Path) -> None:
    """dbt's own site as one file, types and sizes from the database, notes from the definitions."""
    told = subprocess.run(
        [
            sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "docs", "generate", "--static", "--project-dir",
            str(transform.PROJECT), "--profiles-dir", str(transform.PROJECT), "--target-path", str(tmp_path),
        ],
        env=os.environ | {"DBT_LOG_PATH": str(tmp_path)} | address(library.database),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-3000:]
    catalog = orjson.loads((tmp_path / "catalog.json").read_bytes())
    assert catalog["errors"] is None
    mart = catalog["nodes"]["model.attain.kpi_rep_period"]["columns"]
    assert mart["bookings_amount"]["type"] == "numeric(20,6)"
    assert mart["bookings_amount"]["comment"].startswith("Net bookings")
    assert (tmp_path / "static_index.html").stat().st_size > 1_000_000
