"""Views in `reporting` over `ops`: what analysts may know of the warehouse's work. Values of personal columns are masked."""

from typing import Any

import sqlalchemy as sa

from attain import ops
from attain.raw import PERSONAL_MARK
from attain.raw import SCHEMA as RAW

SCHEMA = "reporting"
MASKED = "(not shown)"


def ensure(connection: sa.Connection, analyst: str) -> None:
    """Make the views, or replace those whose definition changed; an unchanged view is not locked."""
    for name, query in _views().items():
        replace(connection, name, query, analyst)


def replace(connection: sa.Connection, name: str, query: sa.Select[Any] | str, analyst: str) -> bool:
    """Make a view of `reporting`, or replace it when its definition differs; True when something was done.

    Args:
        query: a statement, or the text of a trusted one (a compiled dbt model).
        analyst: the role that may read it.
    """
    text = query if isinstance(query, str) else str(_compiled(connection, query))
    quote = connection.dialect.identifier_preparer.quote_identifier
    if name in sa.inspect(connection).get_table_names(schema=SCHEMA):
        connection.exec_driver_sql(f"drop table {SCHEMA}.{quote(name)}")  # it was carried over as rows until now
    before = _definition(connection, f"{SCHEMA}.{quote(name)}")
    if before is not None and before == _definition_of(connection, text):
        return False
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"create or replace view {SCHEMA}.{quote(name)} as {text}")
    except sa.exc.ProgrammingError:
        # Columns went or changed their type, which PostgreSQL does not replace in place.
        connection.exec_driver_sql(f"drop view {SCHEMA}.{quote(name)}")
        connection.exec_driver_sql(f"create view {SCHEMA}.{quote(name)} as {text}")
    connection.exec_driver_sql(f"grant select on {SCHEMA}.{quote(name)} to {quote(analyst)}")
    return True


def _compiled(connection: sa.Connection, query: sa.Select[Any]) -> sa.sql.compiler.Compiled:
    return query.compile(connection, compile_kwargs={"literal_binds": True})


def _definition(connection: sa.Connection, name: str) -> str | None:
    return connection.scalar(sa.select(sa.func.pg_get_viewdef(sa.func.to_regclass(name))))


def _definition_of(connection: sa.Connection, text: str) -> str | None:
    """How PostgreSQL itself would write this query, for comparing."""
    with connection.begin_nested() as trial:
        connection.exec_driver_sql(f"create temporary view _trial as {text}")
        found = _definition(connection, "pg_temp._trial")
        trial.rollback()
    return found


def _views() -> dict[str, sa.Select[Any]]:
    return {
        "load_runs": _load_runs(),
        "run_steps": sa.select(ops.run_steps),
        "loads": sa.select(ops.loads),
        "source_freshness": _source_freshness(),
        "validation_results": sa.select(ops.validation_results),
        "quarantine": _quarantine(),
        "publications": _publications(),
        "publication_tables": sa.select(ops.publication_tables),
        "schema_changes": sa.select(ops.schema_changes),
    }


def _load_runs() -> sa.Select[Any]:
    """One row per run with what its landings did."""
    runs, loads = ops.runs, ops.loads
    counts = ("in", "inserted", "updated", "unchanged", "deleted", "stale", "rejected")
    landed = (
        sa.select(
            loads.c.run_id,
            sa.func.count().label("loads"),
            *(_whole(sa.func.sum(loads.c[f"rows_{what}"])).label(f"rows_{what}") for what in counts),
        )
        .where(loads.c.committed_at.is_not(None))
        .group_by(loads.c.run_id)
        .subquery("landed")
    )
    shown = (
        "run_id", "label", "state", "trigger", "as_of", "started_at", "ended_at", "published_at", "full_refresh", "error",
    )  # fmt: skip
    return sa.select(
        *(runs.c[name] for name in shown),
        sa.func.coalesce(landed.c.loads, 0).label("loads"),
        *(sa.func.coalesce(landed.c[f"rows_{what}"], 0).label(f"rows_{what}") for what in counts),
    ).select_from(runs.outerjoin(landed, landed.c.run_id == runs.c.run_id))


def _source_freshness() -> sa.Select[Any]:
    """One row per source, account and table: when it last landed, until when it was asked, rows alive in raw."""
    loads = ops.loads
    return (
        sa.select(
            loads.c.source,
            loads.c.account,
            loads.c.table_name,
            sa.func.max(loads.c.committed_at).label("landed_at"),
            sa.func.max(loads.c.extracted_until).label("extracted_until"),
            _whole(sa.func.sum(loads.c.rows_inserted - loads.c.rows_deleted)).label("rows_live"),
            _whole(sa.func.sum(loads.c.rows_in)).label("rows_in"),
            sa.func.max(loads.c.run_id).label("run_id"),
        )
        .where(loads.c.committed_at.is_not(None))
        .group_by(loads.c.source, loads.c.account, loads.c.table_name)
    )


def _whole(total: sa.ColumnElement[object]) -> sa.ColumnElement[int]:
    return sa.cast(total, sa.BigInteger)


def _quarantine() -> sa.Select[Any]:
    """Rows set aside, without the row itself; a value is shown only of a raw column that holds no personal data."""
    aside = ops.quarantine
    hidden = [name for name in aside.c.keys() if name in ("row", "value")]  # noqa: SIM118
    shown = [column for column in aside.c if column.name not in hidden]
    value = sa.case((_is_open(aside), aside.c.value), (aside.c.value.is_(None), sa.null()), else_=MASKED)
    return sa.select(*shown, value.label("value"))


def _is_open(aside: sa.Table) -> sa.ColumnElement[bool]:
    classes = sa.table("pg_class", *map(sa.column, ("oid", "relname", "relnamespace")), schema="pg_catalog")
    columns = sa.table("pg_attribute", *map(sa.column, ("attrelid", "attname", "attnum")), schema="pg_catalog")
    namespaces = sa.table("pg_namespace", *map(sa.column, ("oid", "nspname")), schema="pg_catalog")
    described = sa.func.coalesce(sa.func.col_description(columns.c.attrelid, columns.c.attnum), "")
    return sa.exists().where(
        namespaces.c.nspname == RAW,
        classes.c.relnamespace == namespaces.c.oid,
        classes.c.relname == aside.c.table_name,
        columns.c.attrelid == classes.c.oid,
        columns.c.attname == aside.c.column_name,
        ~described.endswith(PERSONAL_MARK, autoescape=True),
    )


def _publications() -> sa.Select[Any]:
    """One row per publication, with its run's label."""
    joined = ops.publications.join(ops.runs, ops.runs.c.run_id == ops.publications.c.run_id)
    return sa.select(*ops.publications.c, ops.runs.c.label.label("run_label")).select_from(joined)
