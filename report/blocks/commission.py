"""What does that cost in commission? Earned by payee in the quarter, in the same row order as the pace block."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from report.blocks.missing import Missing
from report.blocks.pace import Pace
from report.check import adds_up
from report.context import Context
from report.data import Reporting
from report.figures import Figures
from report.money import Currency
from report.words import apportion, called, percent, plural, sentence

QUESTION = "What does that cost in commission?"


@dataclass(frozen=True)
class Row:
    """One payee, or several folded; money in whole currency units, bars as shares of the largest row."""

    name: str
    closed: int
    running: int
    closed_bar: float
    running_bar: float
    share: str

    @property
    def earned(self) -> int:
        return self.closed + self.running


@dataclass(frozen=True)
class Commission:
    """The table; `closed_name` and `running_name` head the ended months and the month under way."""

    question: str
    heading: str
    subtitle: str
    closed_name: str | None
    running_name: str
    rows: tuple[Row, ...]
    total: Row
    note: str


@dataclass(frozen=True)
class _Earned:
    key: str
    name: str
    closed: Decimal
    running: Decimal


def read(reporting: Reporting, context: Context, figures: Figures, pace: Pace | None) -> Commission | Missing | None:
    """None without the mart; Missing when no plan earned anything this quarter.

    Raises:
        PageRefused: the payees do not add up to the total.
    """
    if not reporting.has(
        "commission_statements", "rep_key", "rep_name", "period_start", "earning_amount", "currency_code"
    ):
        return None
    by_currency = _read(reporting, context)
    if not by_currency:
        return Missing(
            QUESTION,
            f"No commission was earned in {context.quarter.title}",
            "plans.csv and plan_assignments.csv fill this.",
        )
    code = (
        context.currency.code
        if context.currency.code in by_currency
        else max(by_currency, key=lambda c: len(by_currency[c]))
    )
    earned = by_currency[code]
    rows, total = _rows(earned, pace, figures.bookings if code == context.currency.code else None)
    month = context.today.replace(day=1)
    others = {
        c: sum((e.closed + e.running for e in found), Decimal(0)) for c, found in by_currency.items() if c != code
    }
    return Commission(
        QUESTION,
        _heading(context, Currency(code), total, others),
        f"{sentence(Currency(code).name)}, {context.quarter.name}, before draws and claw-backs. Finance and sales managers only.",
        _closed_name(context.quarter.start, month),
        f"{month:%b}, so far",
        rows,
        total,
        _note(others, by_currency),
    )


def _read(reporting: Reporting, context: Context) -> dict[str, list[_Earned]]:
    lines = reporting.table("commission_statements")
    month = context.today.replace(day=1)
    statement = (
        sa.select(
            lines.c.currency_code,
            lines.c.rep_key,
            sa.func.max(lines.c.rep_name),
            sa.func.coalesce(sa.func.sum(lines.c.earning_amount).filter(lines.c.period_start < month), 0),
            sa.func.coalesce(sa.func.sum(lines.c.earning_amount).filter(lines.c.period_start >= month), 0),
        )
        .where(lines.c.period_start >= context.quarter.start, lines.c.period_start < context.quarter.end)
        .group_by(lines.c.currency_code, lines.c.rep_key)
    )
    found: dict[str, list[_Earned]] = {}
    for code, key, name, closed, running in reporting.rows(statement):
        if closed or running:
            found.setdefault(code or context.currency.code, []).append(
                _Earned(str(key), called(name), Decimal(closed), Decimal(running))
            )
    return found


def _rows(earned: Sequence[_Earned], pace: Pace | None, bookings: Decimal | None) -> tuple[tuple[Row, ...], Row]:
    """Rows in the order of the pace block, payees it does not show after them, and the total."""
    total = sum((e.closed + e.running for e in earned), Decimal(0))
    groups = _groups(earned, pace)
    closed = [n or 0 for n in apportion([sum((e.closed for e in g), Decimal(0)) for _, g in groups])]
    running = [n or 0 for n in apportion([sum((e.running for e in g), Decimal(0)) for _, g in groups])]
    largest = max((c + r for c, r, (_, g) in zip(closed, running, groups, strict=True) if len(g) == 1), default=0) or 1
    booked = {key: row.booked for row in pace.rows for key in row.keys if len(row.keys) == 1} if pace else {}
    scale = pace.unit.divisor if pace is not None and bookings is not None else 0
    rows = tuple(
        Row(
            name,
            c,
            r,
            c / largest if len(group) == 1 else 0.0,
            r / largest if len(group) == 1 else 0.0,
            percent((c + r) / (booked[group[0].key] * scale))
            if len(group) == 1 and scale and booked.get(group[0].key)
            else "",
        )
        for (name, group), c, r in zip(groups, closed, running, strict=True)
    )
    adds_up("commission earned by payee, to the cent", [e.closed + e.running for _, g in groups for e in g], total)
    return rows, Row("Team", sum(closed), sum(running), 0.0, 0.0, percent(total / bookings) if bookings else "")


def _groups(earned: Sequence[_Earned], pace: Pace | None) -> list[tuple[str, list[_Earned]]]:
    by_key = {e.key: e for e in earned}
    groups: list[tuple[str, list[_Earned]]] = []
    for row in pace.rows if pace else ():
        found = [by_key.pop(key) for key in row.keys if key in by_key]
        groups.append((row.name, found))
    rest = sorted(by_key.values(), key=lambda e: (-(e.closed + e.running), e.name))
    shown, folded = (rest[:12], rest[12:]) if len(rest) > 13 or groups else (rest, [])
    if groups and len(rest) > 3:
        shown, folded = [], rest
    groups += [(e.name, [e]) for e in shown]
    return [*groups, (f"{len(folded)} more payees", folded)] if folded else groups


def _closed_name(start: date, month: date) -> str | None:
    if month <= start:
        return None
    last = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return f"{start:%b}" if last == start else f"{start:%b} to {last:%b}"


def _heading(context: Context, currency: Currency, total: Row, others: dict[str, Decimal]) -> str:
    also = "".join(f" and {Currency(code).headline(amount)}" for code, amount in sorted(others.items()))
    share = f", {total.share} of bookings" if total.share and not others else ""
    return f"{currency.headline(total.earned)}{also} earned so far in {context.quarter.name}{share}"


def _note(others: dict[str, Decimal], by_currency: dict[str, list[_Earned]]) -> str:
    if not others:
        return ""
    parts = [f"{Currency(c).cents(others[c])} by {plural(len(by_currency[c]), 'payee')}" for c in sorted(others)]
    return "Paid in other currencies, not in this table: " + ", ".join(parts) + "."
