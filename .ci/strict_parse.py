"""Parse the models with every warning an error, deprecations of dbt's JSON schemas included.

dbt checks its YAML against those schemas under a few adapters only, PostgreSQL's not among them: here it is told that
PostgreSQL is one of them.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.jsonschemas import jsonschemas

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"


def main() -> int:
    """Parse the project, or a copy of it; 0 where nothing at all is to be said of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=PROJECT)
    parser.add_argument("--target", type=Path, help="keep the artifacts here")
    asked = parser.parse_args()
    jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS.add("postgres")  # noqa: SLF001
    os.environ.setdefault("DBT_ENV_SECRET_PASSWORD", "none")  # noqa: TID251
    with tempfile.TemporaryDirectory(prefix="attain-parse-") as folder:
        target = str(asked.target or folder)
        outcome = dbtRunner().invoke(
            [
                "--warn-error", "--show-all-deprecations", "--no-partial-parse", "--no-use-colors", "--log-path", target,
                "parse", "--project-dir", str(asked.project), "--profiles-dir", str(asked.project), "--target-path", target,
            ]
        )  # fmt: skip
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main())
