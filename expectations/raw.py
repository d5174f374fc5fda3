"""Is raw fit to use? Suites from the tables' declarations, on the rows that no publication holds yet."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from attain import ops
from attain.raw import sa_table
from attain.rules import NotNull
from attain.runs import Run
from attain.table import Table
from expectations.checks import Between, Check, Shapes, Suite, columns_of, zero

_ENGINEERS = "data engineering"
_SOURCE_OWNER = "the source's owner"
_LARGE_ENOUGH = 100  # rows; below that a volume may well double
STALE_HOURS = 48


def suites(tables: Iterable[Table], shapes: Shapes, new: frozenset[str], run: Run) -> Iterator[Suite]:
    """Every suite that has something to look at.

    Args:
        tables: the declared raw tables; those not made yet are left out.
        new: names of the tables with unpublished loads; the rows of the others have been looked at.
        run: its clock is what freshness is judged by, once it is set.
    """
    made = [table for table in tables if shapes.columns("raw", table.name)]
    if made:
        yield columns_suite(made, shapes)
        yield accounting_suite()
        yield standing_suite(made)
    for table in made:
        if table.name in new:
            yield from rows_suite(table, whole=run.full_refresh)
    yield volume_suite(run.run_id)
    if run.as_of is not None:
        yield freshness_suite(run.as_of)


def loaded(connection: sa.Connection, *, whole: bool = False) -> frozenset[str]:
    """The names of the tables with landings that no publication holds yet; of all that ever had one when `whole`."""
    loads = ops.loads
    new = sa.true() if whole else loads.c.load_id.in_(_unpublished())
    return frozenset(connection.scalars(sa.select(loads.c.table_name).where(new)))


def rows_suite(table: Table, *, whole: bool = False) -> Iterator[Suite]:
    """The table's rules on each living row of unpublished loads: quarantine has let none of its own through.

    Args:
        whole: look at every living row.
    """
    rules = [NotNull(name, "critical") for name in table.key]
    rules += [NotNull(c.name, "critical") for c in table.columns if c.required and c.name not in table.key]
    declared = [rule for rule in table.rules if not (isinstance(rule, NotNull) and rule in rules)]
    rows = sa_table(table)
    needed = {name: rows.c[name] for rule in (*rules, *declared) for name in columns_of(rule)}
    key = ("_account", *table.key)
    new = sa.true() if whole else rows.c["_load_id"].in_(_unpublished(table.name))
    query = sa.select(rows.c["_account"], *needed.values()).where(new, rows.c["_deleted_at"].is_(None))
    personal = frozenset(c.name for c in table.columns if c.personal and c.name in needed)
    if not personal & set(key):
        todo = "Correct these rows in the source, or the mapping that reads them, then run again."
        checks = tuple(Check(rule, todo, _SOURCE_OWNER) for rule in (*rules, *declared))
        yield Suite("raw", f"raw.{table.name}", query, key, checks, personal)


def columns_suite(tables: Iterable[Table], shapes: Shapes) -> Suite:
    """Every declared column is there."""
    rows = [
        sa.select(
            sa.literal(table.name).label("table_name"),
            sa.literal(name).label("column_name"),
            sa.literal(int(name in shapes.columns("raw", table.name))).label("is_there"),
        )
        for table in tables
        for name in table.schema.names
    ]
    query = sa.select(sa.union_all(*rows).subquery("declared"))
    check = Check(
        Between("is_there", 1, 1, "critical"),
        "Run `attain migrate`, which adds the missing columns.",
        _ENGINEERS,
        "every declared column is there",
    )
    return Suite("raw", "raw", query, ("table_name", "column_name"), (check,))


def accounting_suite() -> Suite:
    """What came in is what was inserted, updated, left unchanged, older than what stands, or set aside."""
    loads = ops.loads
    parts = ("inserted", "updated", "unchanged", "stale", "rejected")
    accounted = sum((loads.c[f"rows_{part}"] for part in parts), start=sa.literal(0))
    query = sa.select(
        loads.c.load_id,
        loads.c.table_name,
        loads.c.rows_in,
        (loads.c.rows_in - accounted).label("difference"),
    ).where(loads.c.load_id.in_(_unpublished()))
    check = Check(
        zero("difference"), "Report this: landing lost or doubled rows.", _ENGINEERS, "every row read is accounted for"
    )
    observed = sa.cast(sa.func.coalesce(sa.func.sum(sa.literal_column("rows_in")), 0), sa.Text) + " rows read"
    return Suite("raw", "ops.loads", query, ("load_id", "table_name"), (check,), observed=observed)


def standing_suite(tables: Iterable[Table]) -> Suite:
    """The rows alive in raw are all that were ever inserted less all that were deleted."""
    loads = ops.loads
    counted = []
    for table in tables:
        rows = sa_table(table)
        alive = sa.func.count().filter(rows.c["_deleted_at"].is_(None))
        counted.append(
            sa.select(
                sa.literal(table.name).label("table_name"), rows.c["_account"].label("account"), alive.label("rows")
            ).group_by(rows.c["_account"])
        )
    standing = sa.union_all(*counted).subquery("standing")
    ever = (
        sa.select(
            loads.c.table_name,
            loads.c.account,
            sa.cast(sa.func.sum(loads.c.rows_inserted - loads.c.rows_deleted), sa.BigInteger).label("rows"),
        )
        .where(loads.c.committed_at.is_not(None))
        .group_by(loads.c.table_name, loads.c.account)
        .subquery("ever")
    )
    same = sa.and_(standing.c.table_name == ever.c.table_name, standing.c.account == ever.c.account)
    query = sa.select(
        sa.func.coalesce(standing.c.table_name, ever.c.table_name).label("table_name"),
        sa.func.coalesce(standing.c.account, ever.c.account).label("account"),
        (sa.func.coalesce(standing.c.rows, 0) - sa.func.coalesce(ever.c.rows, 0)).label("difference"),
    ).select_from(standing.outerjoin(ever, same, full=True))
    check = Check(
        zero("difference"),
        "Somebody wrote to raw beside the landing. Compare with the source; a full load puts it right.",
        _ENGINEERS,
        "rows alive are all inserted less all deleted",
    )
    return Suite("raw", "raw", query, ("table_name", "account"), (check,))


def volume_suite(run_id: int) -> Suite:
    """A full load is about as large as the ones before it."""
    loads = ops.loads
    landed = (loads.c.mode == "full", loads.c.committed_at.is_not(None))
    names = (loads.c.source, loads.c.account, loads.c.table_name)
    earlier = (
        sa.select(*names, (sa.func.sum(loads.c.rows_in) / sa.func.count(loads.c.run_id.distinct())).label("usual"))
        .where(*landed, loads.c.run_id < run_id)
        .group_by(*names)
        .subquery("earlier")
    )
    now = (
        sa.select(*names, sa.func.sum(loads.c.rows_in).label("rows_in"))
        .where(*landed, loads.c.run_id == run_id)
        .group_by(*names)
        .subquery("now")
    )
    same = sa.and_(*(now.c[name] == earlier.c[name] for name in ("source", "account", "table_name")))
    ratio = sa.cast(now.c.rows_in, sa.Numeric) / earlier.c.usual
    query = (
        sa.select(now.c.source, now.c.account, now.c.table_name, sa.cast(ratio, sa.Numeric(20, 6)).label("ratio"))
        .select_from(now.join(earlier, same))
        .where(earlier.c.usual >= _LARGE_ENOUGH)
    )
    check = Check(
        Between("ratio", Decimal("0.5"), 2, "warn"),
        "Look whether the file is whole, or the business really changed that much.",
        _SOURCE_OWNER,
        "a full load has between half and twice its usual rows",
    )
    return Suite("raw", "ops.loads", query, ("source", "account", "table_name"), (check,))


def freshness_suite(as_of: datetime) -> Suite:
    """No source lags far behind the others."""
    loads = ops.loads
    latest = (
        sa.select(loads.c.source, loads.c.account, sa.func.max(loads.c.extracted_until).label("until"))
        .where(loads.c.committed_at.is_not(None), loads.c.extracted_until.is_not(None))
        .group_by(loads.c.source, loads.c.account)
        .subquery("latest")
    )
    newest = sa.select(sa.func.greatest(sa.func.max(latest.c.until), as_of)).scalar_subquery()
    behind = sa.func.extract("epoch", newest - latest.c.until) / 3600
    query = sa.select(latest.c.source, latest.c.account, sa.cast(behind, sa.Numeric(20, 3)).label("hours_behind"))
    check = Check(
        Between("hours_behind", None, STALE_HOURS, "warn"),
        "Look why its extraction ended early; figures are as of the oldest source.",
        _ENGINEERS,
        f"each source is at most {STALE_HOURS} hours behind",
    )
    return Suite("raw", "ops.loads", query, ("source", "account"), (check,))


def _unpublished(table_name: str | None = None) -> sa.Select[int]:
    loads = ops.loads
    open_loads = sa.select(loads.c.load_id).where(loads.c.committed_at.is_not(None), loads.c.published_run_id.is_(None))
    return open_loads if table_name is None else open_loads.where(loads.c.table_name == table_name)
