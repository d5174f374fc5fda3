"""Conventions of the dbt project, held by what its files and its manifest say."""

import re
from pathlib import Path
from typing import Any

from attain import transform

MODELS = sorted((transform.PROJECT / "models").rglob("*.sql"))
SQL = sorted(path for folder in ("models", "macros", "tests") for path in (transform.PROJECT / folder).rglob("*.sql"))
CLOCKS = re.compile(
    r"\b(now\s*\(|current_date|current_timestamp|localtimestamp|clock_timestamp|statement_timestamp)", re.IGNORECASE
)
BARE = re.compile(r"\{#.*?#\}|--[^\n]*|/\*.*?\*/", re.DOTALL)


def _models(manifest: dict[str, Any], schema: str | None = None) -> list[dict[str, Any]]:
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return [node for node in nodes if schema in (None, node["schema"])]


def test_no_model_reads_a_clock() -> None:
    """The run's as_of is the only one: what is built does not depend on when."""
    reading = [path.name for path in SQL if CLOCKS.search(BARE.sub("", path.read_text()))]
    assert reading == []


def test_schemas_are_exactly_the_layers(manifest: dict[str, Any]) -> None:
    assert {node["schema"] for node in _models(manifest)} == {"staging", "core", "marts"}


def test_every_model_begins_with_its_grain(manifest: dict[str, Any]) -> None:
    """A stranger reads first what one row is."""
    silent = [
        node["name"]
        for node in _models(manifest)
        if not re.match(r"(One row\b|At most one row\b)", node["description"])
    ]
    assert silent == []


def test_every_column_of_every_mart_is_described_and_under_contract(manifest: dict[str, Any]) -> None:
    for node in _models(manifest, "marts"):
        assert node["config"]["contract"]["enforced"], node["name"]
        undescribed = [name for name, column in node["columns"].items() if len(column["description"]) < 8]
        assert undescribed == [], node["name"]
        untyped = [name for name, column in node["columns"].items() if not column["data_type"]]
        assert untyped == [], node["name"]


def test_every_mart_has_a_tested_key(manifest: dict[str, Any]) -> None:
    """By a primary key in its contract or by a test; a view has the keys of what it reads."""
    tested = {
        (test["attached_node"], test["test_metadata"]["name"])
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test" and test.get("test_metadata")
    }
    for node in _models(manifest, "marts"):
        constraints = [kind["type"] for column in node["columns"].values() for kind in column["constraints"]]
        constraints += [kind["type"] for kind in node["constraints"]]
        if node["config"]["materialized"] != "view" and "primary_key" not in constraints:
            assert {(node["unique_id"], "unique"), (node["unique_id"], "unique_together")} & tested, node["name"]


def test_layers_build_on_the_one_before(manifest: dict[str, Any]) -> None:
    """Staging reads raw, core reads staging and core, marts read anything but raw."""
    schema = {node["unique_id"]: node["schema"] for node in _models(manifest)}
    schema |= {node["unique_id"]: node["schema"] for node in manifest["sources"].values()}
    allowed = {
        "staging": {"raw", "ops", "staging"},
        "core": {"staging", "core", "ops"},
        "marts": {"staging", "core", "marts"},
    }
    for node in _models(manifest):
        read = {schema[name] for name in node["depends_on"]["nodes"]}
        assert read <= allowed[node["schema"]], node["name"]


def test_fingerprint_covers_models_and_not_what_dbt_leaves_behind() -> None:
    """The same project gives the same hash twice, whatever artifacts lie about."""
    assert transform.fingerprint() == transform.fingerprint()
    assert len(transform.fingerprint()) == 64
    assert Path(transform.PROJECT / "dbt_project.yml").is_file()
