"""Whether two engines built the same tables: row by row under each table's key, in one query a table.

Whole numbers, texts, dates, moments, flags and amounts are equal or differ; ratios (decimals of nine places or more, and
doubles) may be 1e-9 apart. Amounts that their column's meta calls `double_precision` come of logarithms and the like: they
may be apart by a billionth of themselves. A null equals a null only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

TOLERANCE = "1e-9"
_SHOWN = 3
_UNCOMPARED = frozenset(
    {"_run_id"}
)  # a full build writes its own run everywhere; an incremental one keeps the writer's


@dataclass(frozen=True)
class Model:
    """A table or view both engines have.

    Args:
        key: columns under which a row is found on the other side; empty when no set of them is known to be unique.
        inexact: columns made in double precision although they are amounts.
    """

    schema: str
    name: str
    key: tuple[str, ...]
    inexact: frozenset[str] = frozenset()


def models(manifest: dict[str, Any], schemas: Iterable[str]) -> list[Model]:
    """The models of the schemas with what the project says is unique in them."""
    wanted = set(schemas)
    found = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["schema"] in wanted
        and node["config"]["materialized"] != "ephemeral"
    ]
    tested = _tested_keys(manifest)
    return [Model(node["schema"], node["alias"], _key(node, tested), _inexact(node)) for node in found]


def differences(duck: duckdb.DuckDBPyConnection, model: Model, handed_over: Path) -> list[str]:
    """What differs between a table here and the one handed over: a line per column, with its first rows."""
    here = f'"{model.schema}"."{model.name}"'
    there = f"read_parquet('{handed_over}')"
    columns, expected = _columns(duck, here), _columns(duck, there)
    if list(columns) != list(expected):
        return [f"{here}: columns {sorted(set(columns) ^ set(expected)) or 'in another order'}"]
    kinds = {name: kind for name, kind in columns.items() if name not in _UNCOMPARED}
    close = [name for name, kind in kinds.items() if _is_ratio(kind) and _is_ratio(expected[name])]
    key = model.key or tuple(name for name in kinds if name not in {*close, *model.inexact})
    tests = {name: _differ(name, name in close, name in model.inexact) for name in kinds if name not in key}
    pairs = _pairs(here, there, key)
    counts = ", ".join(
        [
            f'count(*) filter (where here."{_COPY}" is null), count(*) filter (where there."{_COPY}" is null)',
            *(f"count(*) filter (where {_BOTH} and {test})" for test in tests.values()),
        ]
    )
    counted = duck.execute(f"select {counts} from {pairs}").fetchone()
    assert counted is not None
    lacking, added, *differing = counted
    lines = []
    if lacking:
        lines.append(_told(duck, model, pairs, key, f"{lacking} rows are missing", f'here."{_COPY}" is null', ()))
    if added:
        lines.append(_told(duck, model, pairs, key, f"{added} rows are too many", f'there."{_COPY}" is null', ()))
    for (name, test), count in zip(tests.items(), differing, strict=True):
        if count:
            where = f"{_BOTH} and {test}"
            lines.append(_told(duck, model, pairs, key, f"{count} rows differ in {name}", where, (name,)))
    return lines


_COPY = "copy of the same key"
_BOTH = f'here."{_COPY}" is not null and there."{_COPY}" is not null'


def _pairs(here: str, there: str, key: tuple[str, ...]) -> str:
    """Both tables beside each other; rows of one key, should there be several, in no particular order."""
    keyed = ", ".join(f'"{name}"' for name in key) or "1"
    numbered = f'select *, row_number() over (partition by {keyed}) as "{_COPY}" from'
    matched = " and ".join(f'here."{name}" is not distinct from there."{name}"' for name in (*key, _COPY))
    return f"({numbered} {here}) as here full outer join ({numbered} {there}) as there on {matched}"


def _differ(name: str, is_ratio: bool, is_inexact: bool) -> str:
    here, there = f'here."{name}"', f'there."{name}"'
    if not (is_ratio or is_inexact):
        return f"{here} is distinct from {there}"
    allowed = f"{TOLERANCE} * greatest(1, abs(cast({there} as double)))" if is_inexact else TOLERANCE
    apart = f"abs(cast({here} as double) - cast({there} as double)) > {allowed}"
    return f"(({here} is null) <> ({there} is null) or coalesce({apart}, false))"


def _told(
    duck: duckdb.DuckDBPyConnection, model: Model, pairs: str, key: tuple[str, ...], what: str, where: str,
    values: tuple[str, ...],
) -> str:  # fmt: skip
    shown = [f'coalesce(here."{name}", there."{name}")' for name in key]
    shown += [f'{side}."{name}"' for name in values for side in ("here", "there")]
    names = [*key, *(f"{name} {side}" for name in values for side in ("here", "there"))]
    rows = duck.execute(f"select {', '.join(shown)} from {pairs} where {where} order by all limit {_SHOWN}").fetchall()
    told = "".join(
        "\n    " + ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in rows
    )
    return f"{model.schema}.{model.name}: {what}{told}"


def _columns(duck: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    return {row[0]: row[1] for row in duck.execute(f"describe select * from {relation}").fetchall()}


def _is_ratio(kind: str) -> bool:
    return kind == "DOUBLE" or (kind.startswith("DECIMAL") and int(kind.rstrip(")").rpartition(",")[2]) >= 9)


def _tested_keys(manifest: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    keys: dict[str, tuple[str, ...]] = {}
    for test in manifest["nodes"].values():
        kind = (test.get("test_metadata") or {}).get("name") if test["resource_type"] == "test" else None
        if kind == "unique":
            keys[test["attached_node"]] = (test["column_name"],)
        elif kind == "unique_together":
            keys.setdefault(test["attached_node"], tuple(test["test_metadata"]["kwargs"]["columns"]))
    return keys


def _inexact(node: dict[str, Any]) -> frozenset[str]:
    return frozenset(
        name for name, column in node["columns"].items() if column["config"]["meta"].get("double_precision")
    )


def _key(node: dict[str, Any], tested: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """By primary key, else a unique index, else a test, else what it is published by."""
    for constraint in node["constraints"]:
        if constraint["type"] == "primary_key":
            return tuple(constraint["columns"])
    for name, column in node["columns"].items():
        if any(constraint["type"] == "primary_key" for constraint in column["constraints"]):
            return (name,)
    for index in node["config"].get("indexes") or ():
        if index.get("unique"):
            return tuple(index["columns"])
    published = (node["config"]["meta"].get("publish") or {}).get("key", ())
    return tested.get(node["unique_id"]) or tuple(published)
