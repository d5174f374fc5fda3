"""One strict parse of the models for all tests that read what dbt makes of them."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests import dbt_manifest


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the manifest of a parse in which every warning is an error; to be read only."""
    target = tmp_path_factory.mktemp("dbt")
    dbt_manifest.parsed(target)
    return target


@pytest.fixture(scope="session")
def manifest(parsed_project: Path) -> dict[str, Any]:
    """What dbt knows of the project; to be read only."""
    made: dict[str, Any] = orjson.loads((parsed_project / "manifest.json").read_bytes())
    return made
