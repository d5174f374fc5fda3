"""dbt's own parse of the project, without a database and with every warning an error; and how dbt reaches a database."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from attain import transform
from attain.settings import Database

CI = transform.PROJECT.parent / ".ci"


def parsed(target: Path, environment: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """The manifest; artifacts and log in `target`.

    Args:
        environment: what the profile reads, such as DBT_DBNAME: it is part of each relation's name.
    """
    told = subprocess.run(
        [sys.executable, str(CI / "strict_parse.py"), "--target", str(target)],
        env=os.environ | dict(environment), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-1000:]
    made: dict[str, Any] = orjson.loads((target / "manifest.json").read_bytes())
    return made


def address(database: Database) -> dict[str, str]:
    """What dbt's profile reads to build or test in this database."""
    return {
        "DBT_HOST": database.host,
        "DBT_PORT": str(database.port),
        "DBT_USER": database.user("transformer"),
        "DBT_ENV_SECRET_PASSWORD": database.password("transformer"),
        "DBT_DBNAME": database.name,
    }
