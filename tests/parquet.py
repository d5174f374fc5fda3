"""A schema of a warehouse as Parquet files with exact types: what another engine reads, and is compared with."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql.dbapi import Cursor

from attain import postgres
from attain.runs import Run
from attain.settings import Database

# A numeric without a scale is taken to this one.
_WIDE = (38, 15)


def export(database: Database, schema: str, folder: Path, run: Run) -> list[str]:
    """Write each table and view of a schema to <folder>/<schema>.<table>.parquet, as the run sees it; their names."""
    folder.mkdir(parents=True, exist_ok=True)
    with postgres.adbc(database, "validator") as connection, connection.cursor() as cursor:
        as_of = run.as_of.isoformat() if run.as_of else ""
        cursor.execute(f"select set_config('attain.as_of', '{as_of}', false)")
        cursor.fetchall()
        tables = _tables(cursor, schema)
        for table, columns in tables.items():
            selected = ", ".join(_selected(name, kind, scale) for name, kind, scale in columns)
            cursor.execute(f'select {selected} from "{schema}"."{table}"')
            found = cursor.fetch_arrow_table()
            pq.write_table(_exact(found), folder / f"{schema}.{table}.parquet")
    return list(tables)


def _tables(cursor: Cursor, schema: str) -> dict[str, list[tuple[str, str, int | None]]]:
    """Each table's columns in order: name, type, and the scale of a numeric that has one."""
    cursor.execute(
        "select table_name::text, column_name::text, data_type::text, numeric_scale::int from information_schema.columns "
        f"where table_schema = '{schema}' order by table_name, ordinal_position"
    )
    tables: dict[str, list[tuple[str, str, int | None]]] = {}
    for table, *column in cursor.fetchall():
        tables.setdefault(table, []).append(tuple(column))
    return tables


def _selected(name: str, kind: str, scale: int | None) -> str:
    if kind == "numeric" and scale is None:
        return f'cast("{name}" as numeric{_WIDE}) as "{name}"'
    return f'cast("{name}" as text) as "{name}"' if kind == "jsonb" else f'"{name}"'


def _exact(found: pa.Table) -> pa.Table:
    """ADBC hands numerics over as text; here they are decimals of the column's own precision and scale."""
    for place, field in enumerate(found.schema):
        typmod = (field.metadata or {}).get(b"POSTGRESQL:typmod")
        if not isinstance(field.type, pa.OpaqueType) or typmod is None:
            continue
        precision, scale = divmod(int(typmod) - 4, 1 << 16)
        texts = pa.chunked_array([chunk.storage for chunk in found.column(place).chunks], pa.string())
        found = found.set_column(place, field.name, texts.cast(pa.decimal128(precision, scale)))
    return found
