"""The whole dbt project built on DuckDB from what a PostgreSQL warehouse holds in raw and ops."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import orjson
import sqlalchemy as sa

from attain import ops, postgres, runs, settings, transform
from attain.runs import Run
from attain.settings import Database
from tests import parquet, same_tables

LAYERS = ("staging", "core", "marts")


@dataclass(frozen=True)
class Twin:
    """A DuckDB file with the models in it, and the warehouse it must equal as Parquet.

    Args:
        handed_over: folder of <schema>.<table>.parquet: raw and ops as read, and the models as PostgreSQL built them.
    """

    path: Path
    handed_over: Path
    manifest: dict[str, Any]

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.path)) as duck:
            duck.execute("set TimeZone = 'UTC'")
            yield duck

    def models(self) -> list[same_tables.Model]:
        """The models by layer, in an order in which the first difference is the one to look at first."""
        found = same_tables.models(self.manifest, LAYERS)
        return sorted(found, key=lambda model: (LAYERS.index(model.schema), model.name))

    def differences(self, duck: duckdb.DuckDBPyConnection) -> list[str]:
        """Everything that differs between the engines."""
        return [line for model in self.models() for line in self.differences_of(duck, model)]

    def differences_of(self, duck: duckdb.DuckDBPyConnection, model: same_tables.Model) -> list[str]:
        """What differs in one table."""
        return same_tables.differences(duck, model, self.handed_over / f"{model.schema}.{model.name}.parquet")


def build(database: Database, run: Run, folder: Path) -> Twin:
    """Hand raw and ops over, build models and run data tests on DuckDB; fails with what dbt says when it does.

    Args:
        run: the run that built the warehouse: its as_of is taken over.
    """
    handed_over = folder / "parquet"
    for schema in ("raw", "ops", *LAYERS):
        parquet.export(database, schema, handed_over, run)
    path, target = folder / "twin.duckdb", folder / "target"
    told = subprocess.run(
        [
            sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "--log-path", str(folder / "logs"), "build",
            "--target", "duckdb", "--project-dir", str(transform.PROJECT), "--profiles-dir", str(transform.PROJECT),
            "--target-path", str(target), "--exclude-resource-type", "unit_test", "--vars", _seen_by(run),
            *(["--full-refresh"] if run.full_refresh else []),
        ],
        env=settings.child_environment(
            {"DBT_DUCKDB_PATH": str(path), "DBT_PARQUET": str(handed_over), "DBT_ENV_SECRET_PASSWORD": "none"}
        ),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-6000:]
    return Twin(path, handed_over, orjson.loads((target / "manifest.json").read_bytes()))


def last_run(database: Database) -> Run:
    """The run that built what stands in a warehouse."""
    with postgres.transaction(postgres.engine(database, "validator")) as connection:
        return runs.load(database, connection.scalar(sa.select(sa.func.max(ops.runs.c.run_id))))


def _seen_by(run: Run) -> str:
    assert run.as_of is not None
    return orjson.dumps({"run_id": run.run_id, "as_of": run.as_of.isoformat()}).decode()
