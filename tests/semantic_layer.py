"""The semantic layer as MetricFlow answers it: SQL from the project's definitions, run on a built warehouse."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from attain.settings import Database
from tests import warehouse

Row = dict[str, Any]


class _Postgres:
    """What MetricFlow asks of a client to write SQL for PostgreSQL; the SQL is run by our own connections."""

    sql_engine_type = SqlEngine.POSTGRES
    sql_plan_renderer = PostgresSQLSqlPlanRenderer()


class SemanticLayer:
    """Metrics by name and dimension.

    Args:
        target: folder with dbt's semantic_manifest.json.
        database: where the models of that manifest were built.
    """

    def __init__(self, target: Path, database: Database) -> None:
        text = (target / "semantic_manifest.json").read_text()
        self._database = database
        lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(text))
        self._engine = MetricFlowEngine(lookup, _Postgres())  # type: ignore[arg-type]

    @property
    def metrics(self) -> set[str]:
        return {metric.name for metric in self._engine.list_metrics()}

    def sql(self, metrics: Sequence[str], by: Sequence[str], where: Sequence[str] = ()) -> str:
        request = MetricFlowQueryRequest.create(
            metric_names=metrics, group_by_names=by, where_constraints=where or None
        )
        return self._engine.explain(request).sql_statement.sql

    def query(self, metrics: Sequence[str], by: Sequence[str], where: Sequence[str] = ()) -> list[Row]:
        """Rows of the dimensions `by` and the metrics, each under its name."""
        return warehouse.found(self._database, self.sql(metrics, by, where))
