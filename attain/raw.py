"""Raw tables in the database: their DDL, made and widened from the `Table` that declares them."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler

from attain.errors import UnreadableInput
from attain.table import Column, Table

SCHEMA = "raw"
VERSIONS_SUFFIX = "__versions"
PERSONAL_MARK = "(personal data)"  # ends the comment of such columns, so that views in the database know them


class AddColumn(sa.schema.ExecutableDDLElement):
    """`alter table ... add column ...`, which SQLAlchemy Core itself does not have."""

    def __init__(self, table: sa.Table, column: sa.Column[object]) -> None:
        self.table = table
        self.column = column


@compiles(AddColumn)
def _add_column(element: AddColumn, compiler: DDLCompiler, **_: object) -> str:
    column = compiler.get_column_specification(element.column)
    return f"alter table {compiler.preparer.format_table(element.table)} add column {column}"


def column_type(kind: pa.DataType) -> sa.types.TypeEngine[Any]:
    """The PostgreSQL type that holds an Arrow type of `attain.table`; ValueError for any other."""
    if pa.types.is_decimal(kind):
        return sa.Numeric(kind.precision, kind.scale)
    if pa.types.is_timestamp(kind):
        return sa.DateTime(timezone=True)
    plain: dict[pa.DataType, sa.types.TypeEngine[Any]] = {
        pa.string(): sa.Text(),
        pa.int64(): sa.BigInteger(),
        pa.date32(): sa.Date(),
        pa.bool_(): sa.Boolean(),
    }
    if kind not in plain:
        raise ValueError(f"no column type is declared for Arrow's {kind}")
    return plain[kind]


def data_columns(table: Table) -> list[sa.Column[object]]:
    """The table's own columns, in the order of its Arrow schema, without those of the landing."""
    said = {column.name: _comment(column) for column in table.columns}
    return [sa.Column(field.name, column_type(field.type), comment=said.get(field.name)) for field in table.schema]


def landing_columns() -> list[sa.Column[object]]:
    """The columns that landing adds to every raw table."""
    return [
        sa.Column("_account", sa.Text, nullable=False),
        sa.Column("_load_id", sa.BigInteger, nullable=False),
        sa.Column("_loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("_origin", sa.Text),
        sa.Column("_deleted_at", sa.DateTime(timezone=True)),
    ]


def sa_table(table: Table) -> sa.Table:
    """`raw.<name>`: each row as it is now, unique by (`_account`, key)."""
    made = sa.Table(table.name, sa.MetaData(schema=SCHEMA), *data_columns(table), *landing_columns())
    made.append_constraint(sa.PrimaryKeyConstraint("_account", *table.key))
    sa.Index(_index_name(table.name, "load"), made.c["_load_id"])
    return made


def versions_table(table: Table) -> sa.Table:
    """`raw.<name>__versions`: every row that was replaced, when and by which load; no key, for versions repeat it."""
    made = sa.Table(
        table.name + VERSIONS_SUFFIX,
        sa.MetaData(schema=SCHEMA),
        *data_columns(table),
        *landing_columns(),
        sa.Column("_replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("_replaced_by_load_id", sa.BigInteger, nullable=False),
    )
    sa.Index(_index_name(table.name, "versions_key"), made.c["_account"], *(made.c[name] for name in table.key))
    return made


def ensure_table(connection: sa.Connection, table: Table, load_id: int | None = None) -> tuple[str, ...]:
    """Make the raw table and its versions, or add the columns they lack; does nothing when both are complete.

    Runs in the caller's transaction, as the role that owns the raw tables (the loader), so that grants follow that
    role's default privileges. Columns that the declaration no longer has stay.

    Returns:
        The names of columns added to a table that already existed; each is recorded in `ops.schema_changes`.

    Raises:
        UnreadableInput: a column changed its type, which is never converted in silence.
    """
    added = _ensure(connection, sa_table(table))
    _ensure(connection, versions_table(table))
    if added:
        _record(connection, table, added, load_id)
    return added


def _ensure(connection: sa.Connection, wanted: sa.Table) -> tuple[str, ...]:
    inspector = sa.inspect(connection)
    if not inspector.has_table(wanted.name, schema=wanted.schema):
        wanted.create(connection)
        return ()
    there = {c["name"]: c["type"] for c in inspector.get_columns(wanted.name, schema=wanted.schema)}
    missing = [column for column in wanted.columns if column.name not in there]
    _refuse_changed_types(connection, wanted, there)
    for column in missing:
        connection.execute(AddColumn(wanted, column))
        if column.comment:
            connection.execute(sa.schema.SetColumnComment(column))
    return tuple(column.name for column in missing)


def _refuse_changed_types(
    connection: sa.Connection, wanted: sa.Table, there: dict[str, sa.types.TypeEngine[Any]]
) -> None:
    for column in wanted.columns:
        if column.name not in there:
            continue
        has, asked = (kind.compile(connection.dialect) for kind in (there[column.name], column.type))
        if has != asked:
            raise UnreadableInput(
                f"{wanted.schema}.{wanted.name}: column {column.name} is {has} in the warehouse and {asked} in the "
                "source. Nothing landed. Give the changed field another name, or rename the old column in the "
                "warehouse so that its history stays, then rerun."
            )


def _record(connection: sa.Connection, table: Table, added: Sequence[str], load_id: int | None) -> None:
    if not sa.inspect(connection).has_table("schema_changes", schema="ops"):
        return
    names = ("table_name", "column_name", "change", "at", "load_id")
    changes = sa.table("schema_changes", *(sa.column(name) for name in names), schema="ops")
    row = {"table_name": table.name, "change": "added", "at": sa.func.clock_timestamp(), "load_id": load_id}
    for name in added:
        connection.execute(changes.insert().values(**row, column_name=name))


def _comment(column: Column) -> str | None:
    return " ".join(filter(None, (column.description, PERSONAL_MARK if column.personal else ""))) or None


def _index_name(table: str, what: str) -> str:
    """Distinct within PostgreSQL's 63 bytes as long as table names differ in their first 48."""
    return f"{table[:48]}__{what}"
