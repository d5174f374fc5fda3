"""The worked cases that stand beside the models: dbt's unit tests, all of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from attain import transform
from tests import dbt_manifest
from tests.library import Library

pytestmark = pytest.mark.timeout(600)  # whichever comes first builds the library


def test_every_worked_case_beside_a_model_holds(library: Library, tmp_path: Path) -> None:
    """Each unit test of the project passes, whatever the relations hold that it takes its types from."""
    told = subprocess.run(
        [
            sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "test", "--select", "test_type:unit",
            "--project-dir", str(transform.PROJECT), "--profiles-dir", str(transform.PROJECT),
            "--target-path", str(tmp_path / "units"), "--log-path", str(tmp_path / "logs"),
        ],
        env=os.environ | dbt_manifest.address(library.database), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-4000:]
    assert "ERROR=0" in told.stdout
    assert "No nodes selected" not in told.stdout
