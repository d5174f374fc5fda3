"""What goes wrong in other warehouses of sales: each has a case of its own, and none can slip in by a new model."""

import re
from typing import Any

# The mistake -> unit test beside the model that would make it.
CASES = {
    "percent taken as a fraction": "a_probability_of_25_percent_is_a_fraction",
    "weighted pipeline a hundred times too large": "weighted_pipeline_takes_the_probability_as_a_fraction",
    "days to close with the sign reversed": "a_cycle_runs_from_the_creation_to_the_close_and_never_backwards",
    "wins without losses shown as 0 %": "rep_figures_are_ratios_of_sums_and_null_without_a_base",
    "pipeline dropped because it closes later": "created_pipeline_counts_whenever_it_will_close",
    "a daily history without days nobody touched": "the_pipeline_of_any_day_stands_between_changes",
    "owners that do not add up to the company": "owners_add_up_to_the_company_the_unknown_one_included",
    "a deal counted once per line or company": "a_deal_of_several_lines_is_one_deal",
    "merged records that live on as two people": "records_linked_by_conversion_email_or_merge_are_one",
    "a cleared value read as no change": "a_cleared_amount_is_no_unchanged_one",
    "a restored row that overlaps itself": "a_restored_deal_with_an_unchanged_time_does_not_overlap_itself",
    "ages frozen when the table was built": "ages_are_those_of_the_day_looked_at",
}  # fmt: skip
RELATIVE = re.compile(
    r"(^|_)(this|last|current|previous|prev|past)_(day|week|month|quarter|year)|_(mtd|qtd|ytd)$|^(today|yesterday)"
)
AGES = re.compile(r"age_days$|^days_since_(activity|last|created|update)|^days_(open|overdue|remaining)$")


def _models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_each_known_mistake_has_its_case(manifest: dict[str, Any]) -> None:
    known = {case["name"] for case in manifest["unit_tests"].values()}
    assert {mistake: case for mistake, case in CASES.items() if case not in known} == {}


def test_no_mart_has_a_column_that_is_relative_to_its_build(manifest: dict[str, Any]) -> None:
    """`this_month` is wrong the day after: marts store dates, and ages are views at as_of."""
    marts = [node for node in _models(manifest) if node["schema"] == "marts"]
    assert [(m["name"], name) for m in marts for name in m["columns"] if RELATIVE.search(name)] == []
    stored = [m for m in marts if m["config"]["materialized"] != "view"]
    assert [(m["name"], name) for m in stored for name in m["columns"] if AGES.search(name)] == []


def test_states_of_no_history_overlap(manifest: dict[str, Any]) -> None:
    """Whatever is valid from one moment to another is tested to exclude itself; a mart by the core model it passes on."""
    tested = {
        test["attached_node"]
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test"
        and (test.get("test_metadata") or {}).get("name") == "ranges_exclude_each_other"
    }
    histories = [m for m in _models(manifest) if {"valid_from", "valid_to"} <= m["columns"].keys()]
    assert len(histories) >= 3
    for history in histories:
        passed_on = history["depends_on"]["nodes"] if history["name"].startswith("mart_") else []
        assert {history["unique_id"], *passed_on} & tested, history["name"]
