"""The strict parse and the conventions of the models, as `make lint` holds them; and that both can fail."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

from attain import transform
from tests.dbt_manifest import CI


def _told(*command: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "200"}
    )
    return done.returncode, done.stdout + done.stderr


def test_the_models_hold_to_their_conventions(parsed_project: Path) -> None:
    """After a strict parse, which the fixture is."""
    code, told = _told(str(CI / "check_models.py"), "--artifacts", str(parsed_project))
    assert code == 0, told[-4000:]
    assert "ERROR=0" in told
    assert "WARN=0" in told


def test_a_public_mart_without_a_contract_is_found(parsed_project: Path, tmp_path: Path) -> None:
    manifest = orjson.loads((parsed_project / "manifest.json").read_bytes())
    mart = manifest["nodes"]["model.attain.kpi_rep_period"]
    mart["config"]["contract"]["enforced"] = mart["contract"]["enforced"] = False
    (tmp_path / "manifest.json").write_bytes(orjson.dumps(manifest))
    code, told = _told(str(CI / "check_models.py"), "--artifacts", str(tmp_path))
    assert code != 0
    assert "check_model_contract_enforced_for_public_model" in told


def test_a_key_that_dbt_does_not_know_is_an_error(tmp_path: Path) -> None:
    """dbt itself says nothing of it under PostgreSQL."""
    copy = tmp_path / "project"
    shutil.copytree(transform.PROJECT, copy, ignore=shutil.ignore_patterns("target", "logs"))
    beside = copy / "models/marts/kpi/kpi_watchlist.yml"
    beside.write_text(beside.read_text().replace("    description:", "    colour: red\n    description:", 1))
    code, told = _told(str(CI / "strict_parse.py"), "--project", str(copy))
    assert code != 0
    assert "colour" in told


def test_the_macros_that_models_are_written_with_say_what_they_take(manifest: dict[str, Any]) -> None:
    """Those of the general files; an engine's own branch (`duckdb__`) is described beside its code."""
    general = ("arithmetic", "dates", "keys", "months", "run", "staging")
    macros = [
        macro
        for macro in manifest["macros"].values()
        if macro["package_name"] == "attain" and Path(macro["path"]).stem in general and "__" not in macro["name"]
    ]
    assert len(macros) > 20
    undescribed = [macro["name"] for macro in macros if not macro["description"]]
    assert undescribed == []
    wrong = {
        macro["name"]: [argument["name"] for argument in macro["arguments"]]
        for macro in manifest["macros"].values()
        if macro["package_name"] == "attain" and macro["description"] and _takes(macro) != macro["arguments"]
    }
    assert wrong == {}


def _takes(macro: dict[str, Any]) -> list[dict[str, Any]]:
    """The described arguments in the order of the macro's own."""
    head = re.search(r"macro\s+\w+\(([^)]*)\)", macro["macro_sql"])
    assert head is not None
    own = [part.split("=")[0].strip() for part in head.group(1).split(",") if part.strip()]
    described = {argument["name"]: argument for argument in macro["arguments"]}
    return [described.get(name, {}) for name in own]
