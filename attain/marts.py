"""Which marts there are and how each is carried over, as dbt's manifest says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from attain.errors import PublishFailed

_AS_OF = re.compile(
    r"cast\(\s*coalesce\(\s*nullif\(\s*current_setting\('attain\.as_of',\s*true\),\s*''\),\s*'[^']*'\)\s*as\s+timestamptz\)"
)


@dataclass(frozen=True)
class Mart:
    """One mart.

    Args:
        key: columns that identify a row.
        touched_by: the entity of `core.touched_keys` whose keys cover all its changes; None: compared whole.
        touched_column: the column that holds that entity's key.
        indexes: columns of further indexes for readers.
        columns: column name to description.
        view_sql: for a mart that is a view, its query over the other marts; None for a table.
    """

    name: str
    key: tuple[str, ...]
    touched_by: str | None = None
    touched_column: str | None = None
    indexes: tuple[tuple[str, ...], ...] = ()
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    view_sql: str | None = None


def read(manifest: Path) -> tuple[Mart, ...]:
    """The marts to publish; those that say `meta: {publish: false}` are left out.

    Args:
        manifest: dbt's manifest.json, or the folder of a run that holds it at marts/target.

    Raises:
        PublishFailed: there is no manifest, or a mart does not say how it is published.
    """
    path = manifest / "marts" / "target" / "manifest.json" if manifest.is_dir() else manifest
    if not path.is_file():
        raise PublishFailed(
            f"publish: no manifest at {path.name}. Nothing was published. Build the marts first, then rerun."
        )
    nodes = orjson.loads(path.read_bytes())["nodes"].values()
    models = [n for n in nodes if n["resource_type"] == "model" and n["schema"] == "marts"]
    silent = [n["name"] for n in models if _publish(n) is None]
    if silent:
        raise PublishFailed(
            f"publish: {', '.join(sorted(silent))} in dbt_project/models/marts do not say how they are published. Nothing "
            "was published. Give each `meta: {publish: {key: [...]}}`, or `publish: false`."
        )
    relations = {n["relation_name"]: n["alias"] for n in nodes if n.get("relation_name")}
    return tuple(sorted(_marts(models, relations), key=lambda mart: (mart.view_sql is not None, mart.name)))


def _marts(models: list[dict[str, Any]], relations: Mapping[str, str]) -> Iterator[Mart]:
    published = {n["relation_name"] for n in models if _publish(n)}
    for node in models:
        how = _publish(node)
        if not how:
            continue
        is_view = node["config"]["materialized"] == "view"
        yield Mart(
            name=node["alias"],
            key=tuple(how.get("key", ())),
            touched_by=how.get("touched_by"),
            touched_column=how.get("touched_column") or _unique_key(node),
            indexes=tuple(tuple([entry] if isinstance(entry, str) else entry) for entry in how.get("indexes", ())),
            description=node["description"],
            columns={name: column["description"] for name, column in node["columns"].items()},
            view_sql=_view_sql(node, relations, published) if is_view else None,
        )


def _publish(node: Mapping[str, Any]) -> Any:
    meta = {**node.get("meta", {}), **node["config"].get("meta", {})}
    return meta.get("publish")


def _unique_key(node: Mapping[str, Any]) -> str | None:
    key = node["config"].get("unique_key")
    return key if isinstance(key, str) else None


def _view_sql(node: Mapping[str, Any], relations: Mapping[str, str], published: set[str]) -> str:
    """The view's query over what is published, its clock that of the last publication."""
    sql = str(node.get("compiled_code") or "")
    for relation, name in relations.items():
        if relation not in sql:
            continue
        if relation not in published:
            raise PublishFailed(
                f"publish: the view {node['name']} reads {relation}, which is not published, so readers could see a mix. "
                "Nothing was published. Let it read marts only."
            )
        sql = sql.replace(relation, f'reporting."{name}"')
    sql = _AS_OF.sub("(select max(publications.as_of) from reporting.publications)", sql)
    if not sql or "attain." in sql:
        raise PublishFailed(
            f"publish: the view {node['name']} was not compiled, or depends on the run beyond its as_of. "
            "Nothing was published. Build the marts, or take the dependence out, then rerun."
        )
    return sql.strip().rstrip(";")
