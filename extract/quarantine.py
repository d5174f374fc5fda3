"""Rows set aside at landing: found by the table's rules or by parsing, kept in `ops.quarantine`, returned when good."""

from collections import Counter
from dataclasses import dataclass

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from attain import ops
from attain.errors import TooManyRejected
from attain.rules import NotNull, Rule
from attain.table import Table
from extract.intake import ORIGIN, Intake
from extract.source import Batch
from extract.stage import Stage, changed_rows

_STAGE = "raw"
_SHOWN = 3
_COLUMNS = ("source_file", "row_number", "row_key", "column_name", "value", "rule", "row")


@dataclass(frozen=True)
class SetAside:
    """What was set aside of one batch: rows, and how many by (column, rule)."""

    rows: int
    reasons: Counter[tuple[str, str]]


def rules(table: Table) -> tuple[Rule, ...]:
    """The rules that set a row aside: those declared so, and that key and required columns hold a value."""
    declared = tuple(rule for rule in table.rules if rule.severity == "quarantine")
    present = {rule.column for rule in declared if isinstance(rule, NotNull)}
    needed = [c.name for c in table.columns if c.required or c.name in table.key]
    return (*(NotNull(name) for name in needed if name not in present), *declared)


def row_key(table: Table, rows: sa.FromClause) -> sa.ColumnElement[str]:
    """The key as people see it: its values joined by `|`; null when one is missing."""
    first, *others = (sa.cast(rows.c[name], sa.Text) for name in table.key)
    joined: sa.ColumnElement[str] = first
    for part in others:
        joined = joined + "|" + part
    return joined


def set_aside(connection: sa.Connection, table: Table, stage: Stage, batch: Batch, intake: Intake) -> SetAside:
    """Move rule breakers out of the staging table, beside what parsing rejected.

    Raises:
        TooManyRejected: together they are more than `batch.max_rejected` of all rows.
    """
    total = intake.rows + intake.rejected
    _check_limit(table, batch, SetAside(intake.rejected, intake.reasons), total)
    broken = _count_broken(connection, table, stage)
    if not intake.rejected and not broken:
        return SetAside(0, Counter())
    stage.rejects.create(connection)
    for rejected in intake.rejects():
        connection.execute(stage.rejects.insert(), [_storable(row) for row in rejected.to_pylist()])
    moved = _move_broken(connection, table, stage, batch.part) if broken else 0
    found = SetAside(intake.rejected + moved, intake.reasons + Counter(broken))
    _check_limit(table, batch, found, total)
    return found


def record(connection: sa.Connection, table: Table, stage: Stage, batch: Batch, run_id: int, any_aside: bool) -> None:
    """Bring `ops.quarantine` up to date with this landing: what came back good, what is still broken, what is new."""
    here = sa.and_(
        ops.quarantine.c.stage == _STAGE,
        ops.quarantine.c.table_name == table.name,
        ops.quarantine.c.account == batch.account,
        ops.quarantine.c.resolved_at.is_(None),
    )
    if connection.scalar(sa.select(sa.exists().where(here))):
        _resolve(connection, table, stage, batch, run_id, here, any_aside)
    if any_aside:
        _insert(connection, table, stage, batch, run_id, here)


def _count_broken(connection: sa.Connection, table: Table, stage: Stage) -> dict[tuple[str, str], int]:
    """How many rows break each rule, in one pass over the staging table."""
    if not rules(table):
        return {}
    counts = [sa.func.count().filter(rule.broken(stage.rows.c)) for rule in rules(table)]
    row = connection.execute(sa.select(*counts).select_from(stage.rows)).one()
    return {(rule.column, rule.name): n for rule, n in zip(rules(table), row, strict=True) if n}


def _move_broken(connection: sa.Connection, table: Table, stage: Stage, part: str) -> int:
    """Each row once, under the first rule it breaks."""
    rows = stage.rows.alias("r")
    broken = [(rule, rule.broken(rows.c)) for rule in rules(table)]
    any_broken = sa.or_(*(breaks for _, breaks in broken))
    origin = sa.func.coalesce(rows.c[ORIGIN], part)
    numbered = sa.func.substring(origin, "^.+:([0-9]{1,15})$")
    found = sa.select(
        sa.case((numbered.is_not(None), sa.func.regexp_replace(origin, ":[0-9]+$", "")), else_=origin),
        sa.cast(numbered, sa.BigInteger),
        row_key(table, rows),
        sa.case(*((breaks, sa.literal(rule.column)) for rule, breaks in broken)),
        sa.case(*((breaks, sa.cast(rows.c[rule.column], sa.Text)) for rule, breaks in broken)),
        sa.case(*((breaks, sa.literal(rule.name)) for rule, breaks in broken)),
        sa.cast(sa.func.to_jsonb(rows.table_valued()).op("-")(sa.literal(ORIGIN)), sa.Text),
    ).where(any_broken)
    moved = changed_rows(connection, stage.rejects.insert().from_select(_COLUMNS, found))
    connection.execute(stage.rows.delete().where(sa.or_(*(rule.broken(stage.rows.c) for rule, _ in broken))))
    return moved


def _resolve(
    connection: sa.Connection,
    table: Table,
    stage: Stage,
    batch: Batch,
    run_id: int,
    here: sa.ColumnElement[bool],
    any_aside: bool,
) -> None:
    """A row that came back good has returned; one that a full load or a sweep no longer holds is discarded."""
    good = sa.exists().where(row_key(table, stage.rows) == ops.quarantine.c.row_key)
    resolved = {"resolved_at": sa.func.now(), "resolved_run_id": run_id}
    if batch.mode == "sweep":
        gone = sa.and_(here, ops.quarantine.c.row_key.is_not(None), ~good)
        connection.execute(ops.quarantine.update().where(gone).values(**resolved, resolution="discarded"))
        return
    connection.execute(ops.quarantine.update().where(here, good).values(**resolved, resolution="returned"))
    if batch.mode == "full":
        again = sa.exists().where(_identity(stage.rejects) == _identity(ops.quarantine)) if any_aside else sa.false()
        connection.execute(ops.quarantine.update().where(here, ~again).values(**resolved, resolution="discarded"))


def _insert(
    connection: sa.Connection, table: Table, stage: Stage, batch: Batch, run_id: int, here: sa.ColumnElement[bool]
) -> None:
    """Rows known to be broken get what this load says of them; the others are new."""
    rejects = stage.rejects
    entry = sa.func.coalesce(_identity(rejects), sa.cast(rejects.c.ctid, sa.Text))
    latest = (
        sa.select(*(rejects.c[name] for name in _COLUMNS if name != "row"), sa.cast(rejects.c.row, JSONB).label("row"))
        .ext(distinct_on(entry))
        .order_by(entry, rejects.c.ctid.desc())
        .subquery("latest")
    )
    said = {name: latest.c[name] for name in _COLUMNS} | {"run_id": run_id, "load_id": stage.load_id}
    known = _identity(latest) == _identity(ops.quarantine)
    connection.execute(ops.quarantine.update().where(here, known).values(said))
    fresh = {"stage": _STAGE, "table_name": table.name, "account": batch.account} | said
    values = [value if isinstance(value, sa.ColumnElement) else sa.literal(value) for value in fresh.values()]
    new = sa.select(*values).where(~sa.exists().where(here, known))
    connection.execute(ops.quarantine.insert().from_select(list(fresh), new))


def _identity(rows: sa.FromClause) -> sa.ColumnElement[str]:
    """What tells one set-aside row from another: its key, else its place in its file."""
    place = rows.c.source_file + sa.literal_column("':'") + sa.cast(rows.c.row_number, sa.Text)
    return sa.func.coalesce(rows.c.row_key, place)


def _storable(row: dict[str, object]) -> dict[str, object]:
    """Without NUL characters and with the row as JSON that PostgreSQL takes, whatever the row held."""
    cleaned = {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}
    return cleaned | {"row": _as_json(str(row["row"])) if row["row"] is not None else None}


def _as_json(text: str) -> str:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = {"text": text}
    return orjson.dumps(_without_nul(value)).decode()


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {str(_without_nul(key)): _without_nul(item) for key, item in value.items()}
    return value


def _check_limit(table: Table, batch: Batch, found: SetAside, total: int) -> None:
    if not found.rows or found.rows <= batch.max_rejected * total:
        return
    listed = "; ".join(f"{column}: {rule} ({count})" for (column, rule), count in found.reasons.most_common(_SHOWN))
    raise TooManyRejected(
        f"{table.name}: {found.rows} of {total} rows of {batch.part} cannot be used ({found.rows / total:.1%}, allowed "
        f"{batch.max_rejected:.1%}). Nothing of it landed. Broken most: {listed}. Mend the file or its mapping, or "
        "raise max_rejected if these rows may be left out, then rerun."
    )
