"""Lint the models as dbt compiles them, on an embedded server of its own that is gone afterwards."""

import subprocess
import sys
import tempfile
from pathlib import Path

from attain import migrate, server
from attain.settings import Settings, child_environment
from extract import registry

PROJECT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Lint what the arguments name, all models without any; sqlfluff's exit code."""
    with tempfile.TemporaryDirectory(prefix="attain-lint-") as folder:
        home = Path(folder)
        try:
            database = migrate.prepare(Settings(home, "lint"), registry.all_tables())
            told = {
                "DBT_HOST": database.host,
                "DBT_PORT": str(database.port),
                "DBT_DBNAME": database.name,
                "DBT_USER": database.user("transformer"),
                "DBT_ENV_SECRET_PASSWORD": database.password("transformer"),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                "DBT_TARGET_PATH": str(home / "target"),
                "DBT_LOG_PATH": str(home / "logs"),
            }
            command = [str(Path(sys.executable).parent / "sqlfluff"), "lint", "--disable-progress-bar"]
            models = sys.argv[1:] or ["dbt_project/models"]
            return subprocess.run([*command, *models], cwd=PROJECT, env=child_environment(told), check=False).returncode
        finally:
            server.remove(home)


if __name__ == "__main__":
    sys.exit(main())
