"""Is staging what raw says? Every raw row stands in staging, alive, deleted at its source, or set aside."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import sqlalchemy as sa

from expectations.checks import Between, Check, Shapes, Suite, zero

_ENGINEERS = "data engineering"
_SOURCE_OWNER = "the source's owner"
_LARGEST_SHARE = Decimal("0.05")

# Staging models whose name does not end like their raw table's.
_STAGED_AS = {
    "files__opportunity_history": "opportunity_states",
    "files__opportunity_field_history": "opportunity_field_changes",
    "salesforce__user": "reps",
    "salesforce__account": "accounts",
    "salesforce__contact": "contacts",
    "salesforce__lead": "leads",
    "salesforce__product2": "products",
    "salesforce__campaign": "campaigns",
    "salesforce__campaign_member": "touches",
    "salesforce__opportunity": "opportunities",
    "salesforce__opportunity_field_history": "opportunity_field_changes",
    "salesforce__opportunity_history": "opportunity_states",
    "salesforce__opportunity_line_item": "opportunity_lines",
    "salesforce__opportunity_split": "opportunity_splits",
    "salesforce__task": "tasks",
    "salesforce__event": "events",
}


def suites(shapes: Shapes, after: int) -> Iterator[Suite]:
    """Every suite that has something to look at.

    Args:
        after: the last published run; rows that later runs wrote are not published yet.
    """
    pairs = list(staged_pairs(shapes))
    if pairs:
        yield reconciliation_suite(pairs, shapes)
    keyed = [name for name in shapes.names("staging") if _key_column(shapes, name)]
    if keyed:
        yield keys_suite(keyed, shapes, after)


def staged_pairs(shapes: Shapes) -> Iterator[tuple[str, str]]:
    """Raw tables and the staging models that hold one row for each of theirs."""
    for raw in shapes.names("raw"):
        source, _, name = raw.partition("__")
        staged = f"stg_{source}__{_STAGED_AS.get(raw, name)}"
        if {"source_account", "is_deleted"} <= set(shapes.columns("staging", staged)):
            yield raw, staged


def reconciliation_suite(pairs: list[tuple[str, str]], shapes: Shapes) -> Suite:
    """Per raw table and account: raw = alive + deleted in staging; and of those alive how many are set aside."""
    counted = sa.union_all(*(_counted(raw, staged) for raw, staged in pairs)).subquery("counted")
    aside = _set_aside(shapes)
    same = sa.and_(aside.c.table_name == counted.c.table_name, aside.c.account == counted.c.account)
    set_aside = sa.func.coalesce(aside.c.rows, 0)
    query = sa.select(
        counted,
        set_aside.label("rows_aside"),
        (counted.c.rows_raw - counted.c.rows_alive - counted.c.rows_deleted).label("difference"),
        sa.cast(sa.cast(set_aside, sa.Numeric) / sa.func.nullif(counted.c.rows_raw, 0), sa.Numeric(12, 9)).label(
            "share"
        ),
    ).select_from(counted.outerjoin(aside, same))
    checks = (
        Check(
            zero("difference"),
            "Build staging anew (`attain run --full-refresh`); if the difference stays, report it.",
            _ENGINEERS,
            "rows in raw are rows alive, set aside or deleted in staging",
        ),
        Check(
            Between("share", None, _LARGEST_SHARE, "warn"),
            "Hand in the missing headers (orders, deals); the rows return by themselves.",
            _SOURCE_OWNER,
            f"at most {_LARGEST_SHARE:.0%} of the rows wait for their header",
        ),
    )
    totals = _totals()
    return Suite(
        "staging", "staging", query, ("table_name", "account"), checks, observed=_told(totals), measured=totals
    )


def keys_suite(names: list[str], shapes: Shapes, after: int) -> Suite:
    """Every row of every staging model has its key and its account."""
    counted = []
    for name in names:
        columns = shapes.columns("staging", name)
        rows = sa.table(name, *map(sa.column, columns), schema="staging")
        missing = sa.or_(rows.c[columns[0]].is_(None), rows.c["source_account"].is_(None))
        counted.append(
            sa.select(
                sa.literal(name).label("table_name"),
                sa.func.count().label("rows_checked"),
                sa.func.count().filter(missing).label("rows_without_key"),
            ).where(rows.c["_run_id"] > after)
        )
    check = Check(
        zero("rows_without_key"),
        "The model makes the key of a column that is empty in raw: mend the model.",
        _ENGINEERS,
        "each row has its key and its source account",
    )
    query = sa.select(sa.union_all(*counted).subquery("counted"))
    return Suite("staging", "staging", query, ("table_name",), (check,))


def _counted(raw: str, staged: str) -> sa.Select[str, str, int, int, int]:
    there = sa.table(raw, sa.column("_account"), schema="raw")
    here = sa.table(staged, sa.column("source_account"), sa.column("is_deleted"), schema="staging")
    sent = sa.select(there.c["_account"].label("account"), sa.func.count().label("rows")).group_by("account").subquery()
    staged_rows = (
        sa.select(
            here.c.source_account.label("account"),
            sa.func.count().filter(~here.c.is_deleted).label("alive"),
            sa.func.count().filter(here.c.is_deleted).label("deleted"),
        )
        .group_by("account")
        .subquery()
    )
    return sa.select(
        sa.literal(raw).label("table_name"),
        sa.func.coalesce(sent.c.account, staged_rows.c.account).label("account"),
        sa.func.coalesce(sent.c.rows, 0).label("rows_raw"),
        sa.func.coalesce(staged_rows.c.alive, 0).label("rows_alive"),
        sa.func.coalesce(staged_rows.c.deleted, 0).label("rows_deleted"),
    ).select_from(sent.outerjoin(staged_rows, sent.c.account == staged_rows.c.account, full=True))


def _set_aside(shapes: Shapes) -> sa.Subquery:
    rows = shapes.table("staging", "quarantine_rows", "table_name", "account")
    if rows is None:
        nothing = (sa.null().label("table_name"), sa.null().label("account"), sa.literal(0).label("rows"))
        return sa.select(*nothing).where(sa.false()).subquery("aside")
    counted = sa.select(rows.c.table_name, rows.c.account, sa.func.count().label("rows"))
    return counted.group_by(rows.c.table_name, rows.c.account).subquery("aside")


def _key_column(shapes: Shapes, name: str) -> bool:
    columns = shapes.columns("staging", name)
    return bool(columns) and columns[0].endswith("_key") and {"source_account", "_run_id"} <= set(columns)


def _totals() -> dict[str, sa.ColumnElement[int]]:
    """Rows in raw over all tables, and where each of them is now: the last three add up to the first."""
    raw, alive, aside, deleted = (
        sa.column(f"rows_{what}", sa.BigInteger) for what in ("raw", "alive", "aside", "deleted")
    )

    def total(rows: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
        return sa.cast(sa.func.coalesce(sa.func.sum(rows), 0), sa.BigInteger)

    return {
        "rows_raw": total(raw),
        "rows_alive": total(alive - aside),
        "rows_aside": total(aside),
        "rows_deleted": total(deleted),
    }


def _told(totals: Mapping[str, sa.ColumnElement[int]]) -> sa.ColumnElement[str]:
    raw, alive, aside, deleted = (sa.cast(total, sa.Text) for total in totals.values())
    return raw + " in raw = " + alive + " alive + " + aside + " set aside + " + deleted + " deleted"
