"""What tests of publishing share: marts made by hand, the manifest that dbt would write of them, and a publishing run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from attain import ops, postgres, runs
from attain.runs import Run
from attain.settings import Database, Role

AS_OF_SQL = "cast(coalesce(nullif(current_setting('attain.as_of', true), ''), '2026-01-01') as timestamptz)"


def run_sql(database: Database, text: str, role: Role = "transformer", **values: Any) -> None:
    """Execute statements, cut at `;`, as one transaction of a role."""
    with postgres.transaction(postgres.engine(database, role)) as connection:
        for statement in filter(str.strip, text.split(";")):
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            literal = sa.text(statement).bindparams(**named).compile(connection, compile_kwargs={"literal_binds": True})
            connection.exec_driver_sql(str(literal))


def fetch(database: Database, text: str, role: Role = "analyst", **values: Any) -> list[tuple[Any, ...]]:
    """What a query finds, as tuples."""
    with postgres.transaction(postgres.engine(database, role)) as connection:
        return [tuple(row) for row in connection.execute(sa.text(text), values)]


def model(name: str, publish: Any, columns: Mapping[str, str] | None = None, **config: Any) -> dict[str, Any]:
    """One node of a manifest."""
    return {
        "resource_type": "model", "name": name, "alias": name, "schema": "marts", "description": f"One row per {name}.",
        "relation_name": f'"db"."marts"."{name}"', "compiled_code": config.pop("compiled_code", ""), "meta": {},
        "config": {"materialized": "table", "meta": {"publish": publish}} | config,
        "columns": {column: {"description": text} for column, text in (columns or {}).items()},
    }  # fmt: skip


def manifest(folder: Path, *models: dict[str, Any]) -> Path:
    """A manifest.json with these models."""
    path = folder / "manifest.json"
    path.write_bytes(orjson.dumps({"nodes": {f"model.attain.{m['name']}": m for m in models}}))
    return path


def next_run(database: Database, *, full_refresh: bool = False) -> Run:
    """A further run of the same fingerprint, its clock set."""
    run = runs.begin(database, "test", "pytest", "fingerprint", full_refresh=full_refresh)
    return runs.set_as_of(database, run, datetime(2026, 9, 10, tzinfo=UTC))


def touch(database: Database, run: Run, *keys: str) -> None:
    """What dbt's core.touched_keys would hold in this run."""
    run_sql(
        database,
        "drop table if exists core.touched_keys; "
        "create table core.touched_keys as select cast(:run as bigint) as run_id, 'opportunity' as entity, entity_key "
        "from unnest(string_to_array(:keys, ',')) as entity_key",
        run=run.run_id,
        keys=",".join(keys),
    )


def loads_published(database: Database) -> list[tuple[Any, ...]]:
    """Which loads are part of which publication."""
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        found = sa.select(ops.loads.c.load_id, ops.loads.c.published_run_id).order_by(ops.loads.c.load_id)
        return [tuple(row) for row in connection.execute(found)]
