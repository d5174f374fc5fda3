"""The worked cases that stand beside the models: dbt's unit tests, all of them, on relations built from nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from attain import transform
from attain.runs import Run
from attain.settings import Database
from tests import warehouse


@pytest.mark.timeout(600)
def test_every_worked_case_beside_a_model_holds(database: Database, run: Run, tmp_path: Path) -> None:
    """An empty company builds, and each unit test of the project passes on its relations."""
    warehouse.land_company(database, run, tmp_path / "company", name="Empty")
    warehouse.build(database, run, tmp_path)
    told = subprocess.run(
        [
            sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "test", "--select", "test_type:unit",
            "--project-dir", str(transform.PROJECT), "--profiles-dir", str(transform.PROJECT),
            "--target-path", str(tmp_path / "units"), "--log-path", str(tmp_path / "logs"),
        ],
        env=os.environ | _address(database), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-4000:]
    assert "ERROR=0" in told.stdout
    assert "No nodes selected" not in told.stdout


def _address(database: Database) -> dict[str, str]:
    return {
        "DBT_HOST": database.host,
        "DBT_PORT": str(database.port),
        "DBT_USER": database.user("transformer"),
        "DBT_ENV_SECRET_PASSWORD": database.password("transformer"),
        "DBT_DBNAME": database.name,
    }
