"""Which marts there are and how each is carried over, as dbt's manifest says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from attain.errors import PublishFailed

RUN = "_run_id"  # the run that last wrote a row of a mart; not published

_AS_OF = re.compile(
    r"cast\(\s*coalesce\(\s*nullif\(\s*current_setting\('attain\.as_of',\s*true\),\s*''\),\s*'[^']*'\)\s*as\s+timestamptz\)"
)


@dataclass(frozen=True)
class Mart:
    """One mart.

    Args:
        key: columns that identify a row; parts of it may be null.
        schema: where dbt builds it: marts, or core for a model there that says so.
        touched_by: the entity of `core.touched_keys` whose keys cover all its changes; None: compared whole.
        touched_column: the column that holds that entity's key.
        indexes: columns of further indexes for readers.
        columns: column name to description.
        view_sql: for a view that can be one over what is published, its query; None for what is carried over as rows.
    """

    name: str
    key: tuple[str, ...]
    schema: str = "marts"
    touched_by: str | None = None
    touched_column: str | None = None
    indexes: tuple[tuple[str, ...], ...] = ()
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    view_sql: str | None = None


def read(manifest: Path) -> tuple[Mart, ...]:
    """The marts to publish, tables before views; those that say `meta: {publish: false}` are left out.

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
    built = [n for n in nodes if n["resource_type"] == "model"]
    silent = [n["name"] for n in built if n["schema"] == "marts" and _publish(n) is None]
    if silent:
        raise PublishFailed(
            f"publish: {', '.join(sorted(silent))} in dbt_project/models/marts do not say how they are published. Nothing "
            "was published. Give each `meta: {publish: {key: [...]}}`, or `publish: false`."
        )
    relations = {n["relation_name"]: n["alias"] for n in nodes if n.get("relation_name")}
    chosen = [n for n in built if _publish(n)]
    return tuple(sorted(_marts(chosen, relations), key=lambda mart: (mart.view_sql is not None, mart.name)))


def _marts(models: list[dict[str, Any]], relations: Mapping[str, str]) -> Iterator[Mart]:
    published = {n["relation_name"] for n in models}
    for node in models:
        how = _publish(node)
        is_view = node["config"]["materialized"] == "view"
        yield Mart(
            name=node["alias"],
            key=tuple(how.get("key", ())),
            schema=node["schema"],
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


def _view_sql(node: Mapping[str, Any], relations: Mapping[str, str], published: set[str]) -> str | None:
    """The view's query over what is published, its clock that of the last publication.

    None when it reads more than that: readers could then see a mix, so its rows are carried over like a table's.

    Raises:
        PublishFailed: the manifest holds no query for it.
    """
    sql = str(node.get("compiled_code") or "")
    if not sql:
        # Carried over like a table it would tell of the clock of whoever reads it, not of the run's.
        raise PublishFailed(
            f"publish: the build did not come to the view {node['name']}. Nothing was published. Build the marts, then rerun."
        )
    read = [relation for relation in relations if relation in sql]
    if not published.issuperset(read):
        return None
    for relation in read:
        sql = sql.replace(relation, f'reporting."{relations[relation]}"')
    sql = _AS_OF.sub("(select max(publications.as_of) from reporting.publications)", sql)
    if "attain." in sql or RUN in sql:
        return None
    return sql.strip().rstrip(";")
