"""docs/metrics.md and dbt's own site are made from the definitions."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

from attain import transform

ROOT = transform.PROJECT.parent


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("metrics_page", ROOT / ".ci" / "metrics_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_metrics_is_what_the_definitions_give(manifest: dict[str, Any], generator: ModuleType) -> None:
    """Change a definition, then `.venv/bin/python .ci/metrics_page.py --write`."""
    assert (ROOT / "docs" / "metrics.md").read_text() == generator.page(manifest)


def test_every_metric_and_every_published_figure_is_on_the_page(
    manifest: dict[str, Any], generator: ModuleType
) -> None:
    page = generator.page(manifest)
    missing = [metric["name"] for metric in manifest["metrics"].values() if f"| `{metric['name']}` |" not in page]
    assert missing == []
    for figure in ("score_low", "conversion_rate", "closing_mrr", "expected_share", "opening_amount", "earning_amount"):
        assert f"| `{figure}` |" in page, figure


def test_a_changed_definition_changes_the_page(manifest: dict[str, Any], generator: ModuleType) -> None:
    changed = orjson.loads(orjson.dumps(manifest))
    changed["metrics"]["metric.attain.win_rate"]["description"] = "Something else."
    assert generator.page(changed) != generator.page(manifest)


def test_every_mart_with_figures_says_why_they_are_no_metrics(manifest: dict[str, Any], generator: ModuleType) -> None:
    names = {metric["name"] for metric in manifest["metrics"].values()}
    for subject in generator.SUBJECTS:
        for mart in generator._marts(manifest, subject):
            silent = not mart["config"]["meta"].get("marts_alone")
            assert not (silent and list(generator._figures([mart], names))), mart["name"]


def test_links_of_the_page_lead_somewhere(manifest: dict[str, Any], generator: ModuleType) -> None:
    linked = {part.split(")")[0] for part in generator.page(manifest).split("](")[1:]}
    assert linked
    assert [link for link in linked if not (ROOT / "docs" / link).is_file()] == []


def test_the_site_is_generated_without_a_database(parsed_project: Path, tmp_path: Path) -> None:
    """One file that reads offline; it begins with our overview, and names every mart and metric."""
    target = shutil.copytree(parsed_project, tmp_path / "target")
    told = subprocess.run(
        [
            sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "docs", "generate", "--static", "--empty-catalog",
            "--no-compile", "--project-dir", str(transform.PROJECT), "--profiles-dir", str(transform.PROJECT),
            "--target-path", str(target),
        ],
        env=os.environ | {"DBT_ENV_SECRET_PASSWORD": "none", "DBT_LOG_PATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-3000:]
    site = (target / "static_index.html").read_text()
    assert "An open warehouse for sales performance management" in site
    assert all(
        name in site
        for name in ("model.attain.kpi_rep_period", "metric.attain.win_rate", "exposure.attain.report_bridge")
    )
