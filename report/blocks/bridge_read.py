"""The movements behind the bridge: those of deals due in the quarter, else of all open deals in the last quarter with any."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from report.blocks.bridge_steps import ADDED, EITHER, REMOVED, ZERO_IN_TOTAL, Step
from report.check import adds_up
from report.context import Context
from report.data import Reporting
from report.words import day, short_day


@dataclass(frozen=True)
class Span:
    """What the bridge spans; with `ends_with_figures` its end is what is open for the quarter now."""

    scope: str
    start: date
    until: date
    words: str
    ends_with_figures: bool


def read(reporting: Reporting, context: Context) -> tuple[Span, Step, list[Step], Step]:
    """The span, its opening, its changes and its closing balance.

    Raises:
        PageRefused: what owners handed over is not what owners took over.
    """
    quarter = context.quarter
    found = _movements(reporting, "target", quarter.start)
    words = f"deals with a close date in {quarter.title}, {short_day(quarter.start)} to {short_day(context.today)}"
    target = Span("target", quarter.start, context.today, words, context.is_current)
    if _holds_something(found):
        return target, *found
    start, end = _last_moved(reporting, context)
    if start is None or end is None:
        return target, *found
    until = min(end - timedelta(days=1), context.as_of.date())
    words = f"all open deals whenever due, by the day a change was recorded, {short_day(start)} to {day(until)}"
    return Span("open", start, until, words, ends_with_figures=False), *_movements(reporting, "open", start)


def _movements(reporting: Reporting, scope: str, start: date) -> tuple[Step, list[Step], Step]:
    table = reporting.table("pipeline_movements")
    names = _names(table)
    known = [f"{n}_{kind}" for n in ("opening", *names, "closing") for kind in ("amount", "deals")]
    wanted = [name for name in known if name in table.c]
    chosen = (*_gross_quarters(table, scope), table.c.period_start == start)
    row = reporting.one(sa.select(*(sa.func.coalesce(sa.func.sum(table.c[name]), 0) for name in wanted)).where(*chosen))
    values = dict(zip(wanted, row or (), strict=True))
    steps = {
        n: Step(n, Decimal(values[f"{n}_amount"]), int(values.get(f"{n}_deals", 0)), 0)
        for n in ("opening", *names, "closing")
    }
    adds_up("pipeline transferred between owners", [steps[n].amount for n in ZERO_IN_TOTAL if n in steps], 0)
    moved = [steps[n] for n in names if n not in ZERO_IN_TOTAL and (steps[n].amount or steps[n].deals)]
    return steps["opening"], sorted(moved, key=lambda s: s.amount < 0 or s.name in REMOVED), steps["closing"]


def _holds_something(found: tuple[Step, list[Step], Step]) -> bool:
    opening, steps, closing = found
    return bool(opening.deals or closing.deals or steps)


def _last_moved(reporting: Reporting, context: Context) -> tuple[date | None, date | None]:
    """Start and end of the last quarter in which any deal changed."""
    table = reporting.table("pipeline_movements")
    changed = [table.c[f"{n}_amount"] != 0 for n in _names(table)]
    changed += [table.c[f"{n}_deals"] != 0 for n in _names(table) if f"{n}_deals" in table.c]
    if not changed or "period_end" not in table.c:
        return None, None
    chosen = (*_gross_quarters(table, "open"), table.c.period_start <= context.as_of.date(), sa.or_(*changed))
    row = reporting.one(
        sa.select(table.c.period_start, table.c.period_end).where(*chosen).order_by(table.c.period_start.desc())
    )
    return (row[0], row[1]) if row else (None, None)


def _names(table: sa.TableClause) -> list[str]:
    return [n for n in (*ADDED, *EITHER, *REMOVED, *ZERO_IN_TOTAL) if f"{n}_amount" in table.c]


def _gross_quarters(table: sa.TableClause, scope: str) -> tuple[sa.ColumnElement[Any], ...]:
    return table.c.scope == scope, table.c.basis == "gross", table.c.period_type == "quarter"
