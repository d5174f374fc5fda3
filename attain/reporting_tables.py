"""The published tables themselves: made like their marts, changed in place, so that grants and indexes stay."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler

from attain.errors import PublishFailed
from attain.marts import RUN, Mart
from attain.publish_sql import TARGET
from attain.raw import AddColumn

_LOCK_TIMEOUT = "15s"


class Shapes:
    """The columns of every table of a schema, and of its views where these count as tables; read once."""

    def __init__(self, connection: sa.Connection, schema: str, kind: ObjectKind = ObjectKind.ANY) -> None:
        found = sa.inspect(connection).get_multi_columns(schema=schema, kind=kind)
        self._tables = {name: {c["name"]: c for c in columns} for (_, name), columns in found.items() if name}

    def columns(self, table: str) -> Mapping[str, Any]:
        """Column name to what the inspector says of it; empty when there is no such table."""
        return self._tables.get(table, {})


class _ChangeType(sa.schema.ExecutableDDLElement):
    def __init__(self, column: sa.Column[Any]) -> None:
        self.column = column


@compiles(_ChangeType)
def _change_type(element: _ChangeType, compiler: DDLCompiler, **_: Any) -> str:
    table = compiler.preparer.format_table(element.column.table)
    name = compiler.preparer.format_column(element.column)
    kind = compiler.dialect.type_compiler_instance.process(element.column.type)
    return f"alter table {table} alter column {name} type {kind} using {name}::{kind}"


class _Nullable(sa.schema.ExecutableDDLElement):
    def __init__(self, column: sa.Column[Any]) -> None:
        self.column = column


@compiles(_Nullable)
def _nullable(element: _Nullable, compiler: DDLCompiler, **_: Any) -> str:
    table = compiler.preparer.format_table(element.column.table)
    verb = "drop" if element.column.nullable else "set"
    return f"alter table {table} alter column {compiler.preparer.format_column(element.column)} {verb} not null"


class _DropColumn(sa.schema.ExecutableDDLElement):
    def __init__(self, table: sa.Table, name: str) -> None:
        self.table = table
        self.name = name


@compiles(_DropColumn)
def _drop_column(element: _DropColumn, compiler: DDLCompiler, **_: Any) -> str:
    return f"alter table {compiler.preparer.format_table(element.table)} drop column {compiler.preparer.quote(element.name)}"


def wanted(mart: Mart, marts: Shapes) -> sa.Table:
    """The published table as the mart says; without the run that wrote each row.

    Raises:
        PublishFailed: the mart is not built, or lacks a column of its key.
    """
    built = marts.columns(mart.name)
    lacking = [name for name in mart.key if name not in built]
    if not built or not mart.key or lacking:
        what = f"has no column {', '.join(lacking)} for its key" if built and lacking else "is not built or has no key"
        raise PublishFailed(
            f"{mart.schema}.{mart.name} {what}. Nothing was published. Build the marts, check its meta, rerun."
        )
    columns = [
        sa.Column(
            name, c["type"], nullable=c["nullable"] or name not in mart.key, comment=mart.columns.get(name) or None
        )
        for name, c in built.items()
        if name != RUN
    ]
    table = sa.Table(mart.name, sa.MetaData(schema=TARGET), *columns, comment=mart.description or None)
    table.append_constraint(_key(mart, marts))
    return table


def key_may_be_null(mart: Mart, marts: Shapes) -> bool:
    """Whether the mart's own table allows null in a part of the key."""
    built = marts.columns(mart.name)
    return any(built[name]["nullable"] for name in mart.key)


def _key(mart: Mart, marts: Shapes) -> sa.PrimaryKeyConstraint | sa.UniqueConstraint:
    if key_may_be_null(mart, marts):
        return sa.UniqueConstraint(*mart.key, name=_key_name(mart), postgresql_nulls_not_distinct=True)
    return sa.PrimaryKeyConstraint(*mart.key, name=_key_name(mart))


def _key_name(mart: Mart) -> str:
    return f"{mart.name[:50]}__key"


def ensure(connection: sa.Connection, mart: Mart, marts: Shapes, reporting: Shapes) -> bool:
    """Make the table, or bring its columns and key in line; True when anything changed, so rows must be compared whole.

    Raises:
        PublishFailed: see `wanted`.
    """
    table = wanted(mart, marts)
    there = reporting.columns(mart.name)
    if not there:
        connection.execute(sa.schema.DropView(table, if_exists=True))  # it was a view until now
        table.create(connection)
        _index(connection, table, mart)
        return True
    changed = _align(connection, table, there)
    if _key_differs(connection, mart, marts):
        connection.execute(table.delete())
        _replace_key(connection, table, mart, marts)
        changed = True
    return changed


def describe(connection: sa.Connection, mart: Mart, marts: Shapes) -> None:
    """What analysts see as comments on table and columns."""
    table = wanted(mart, marts)
    connection.execute(sa.schema.SetTableComment(table))
    for column in table.columns:
        connection.execute(sa.schema.SetColumnComment(column))


def _align(connection: sa.Connection, table: sa.Table, there: Mapping[str, Any]) -> bool:
    new = [column for column in table.columns if column.name not in there]
    gone = [name for name in there if name not in table.c]
    retyped = [
        column
        for column in table.columns
        if column.name in there
        and _spelled(connection, column.type) != _spelled(connection, there[column.name]["type"])
    ]
    if new or gone or retyped:
        # A reader that keeps the table open must not make all others queue behind us.
        connection.execute(sa.text(f"set local lock_timeout = '{_LOCK_TIMEOUT}'"))
    for column in new:
        connection.execute(AddColumn(table, column))
    for name in gone:
        connection.execute(_DropColumn(table, name))
    for column in retyped:
        connection.execute(_ChangeType(column))
    return bool(new or gone or retyped)


def _spelled(connection: sa.Connection, kind: sa.types.TypeEngine[Any]) -> str:
    return kind.compile(connection.dialect)


def _key_differs(connection: sa.Connection, mart: Mart, marts: Shapes) -> bool:
    inspector = sa.inspect(connection)
    if key_may_be_null(mart, marts):
        unique = {c["name"]: c["column_names"] for c in inspector.get_unique_constraints(mart.name, schema=TARGET)}
        return tuple(unique.get(_key_name(mart), ())) != mart.key
    return tuple(inspector.get_pk_constraint(mart.name, schema=TARGET)["constrained_columns"]) != mart.key


def _replace_key(connection: sa.Connection, table: sa.Table, mart: Mart, marts: Shapes) -> None:
    old = sa.UniqueConstraint("key", name=_key_name(mart))
    sa.Table(table.name, sa.MetaData(schema=TARGET), sa.Column("key", sa.Text), old)
    connection.execute(sa.schema.DropConstraint(old, if_exists=True))
    for column in table.columns:
        connection.execute(_Nullable(column))
    new = _key(mart, marts)
    table.append_constraint(new)
    connection.execute(sa.schema.AddConstraint(new))


def _index(connection: sa.Connection, table: sa.Table, mart: Mart) -> None:
    wanted_indexes = list(mart.indexes)
    touched = mart.touched_column if mart.touched_by else None
    if touched in set(table.c.keys()) and mart.key[0] != touched:
        wanted_indexes.append((str(touched),))
    for columns in dict.fromkeys(wanted_indexes):
        name = f"{table.name[:30]}__{'_'.join(columns)}"[:60]
        sa.Index(name, *(table.c[column] for column in columns)).create(connection)
