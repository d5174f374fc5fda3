"""The semantic layer against the marts: every metric, asked of MetricFlow, is the mart's figure of that name."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests import dbt_manifest, warehouse
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
    "emails", "meetings", "bookings_amount", "list_amount", "discount_amount", "won_amount", "lost_amount", "created_amount",
]  # fmt: skip
RATIOS = [
    "win_rate", "win_rate_value", "win_rate_created", "created_open_share", "win_rate_all", "average_deal_size",
    "discount_rate", "meeting_share", "created_deals_per_activity",
]  # fmt: skip
CYCLES = ["mean_cycle_days", "mean_lost_cycle_days", "mean_closed_cycle_days"]
MEDIANS = ["median_deal_size", "median_cycle_days", "median_closed_cycle_days"]
OPEN = ["open_deals", "open_amount"]
QUOTAS = ["credited_amount", "quota_amount"]
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
        # The marts write 0 where nothing was sold or closed; a sum of nothing is unknown to SQL.
        return asked is kept or (metric in SUMS and not asked and not kept)
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
    assert _differences(layer, library, "kpi_company_period", kind, [*SUMS, *RATIOS, *CYCLES]) == []


@pytest.mark.parametrize("kind", ["week", "month", "year", "calendar_quarter"])
def test_each_rep_s_sums_and_ratios_are_the_semantic_layer_s(library: Library, layer: SemanticLayer, kind: str) -> None:
    assert (
        _differences(layer, library, "kpi_rep_period", kind, [*SUMS, *RATIOS, *CYCLES, "credited_amount"], "rep") == []
    )


@pytest.mark.parametrize("kind", RANKED)
def test_medians_are_the_semantic_layer_s(library: Library, layer: SemanticLayer, kind: str) -> None:
    assert _differences(layer, library, "kpi_company_period", kind, MEDIANS) == []
    assert _differences(layer, library, "kpi_rep_period", kind, MEDIANS, "rep") == []


@pytest.mark.parametrize("kind", ["month", "quarter", "year"])
def test_quotas_and_attainment_are_the_semantic_layer_s(library: Library, layer: SemanticLayer, kind: str) -> None:
    assert _differences(layer, library, "kpi_rep_period", kind, ["quota_amount", "quota_attainment"], "rep") == []
