"""What is still open, and can it close in time? The quarter's open deals by stage, whole and weighted."""

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from report.blocks.missing import Missing
from report.check import adds_up
from report.context import Context
from report.data import Reporting
from report.figures import Figures
from report.money import Unit
from report.words import apportion, called, percent, plural, whole

QUESTION = "What is still open, and can it close in time?"
_FEWEST_WINS = 5


@dataclass(frozen=True)
class Stage:
    """One row; amounts are whole numbers of the unit, bars are shares of the largest stage."""

    name: str
    deals: int
    amount: int
    weighted: int
    amount_bar: float
    weighted_bar: float
    usual_days: int | None
    is_late: bool


@dataclass(frozen=True)
class Stages:
    """The table, its totals and its words."""

    question: str
    heading: str
    subtitle: str
    stages: tuple[Stage, ...]
    deals: int
    amount: int
    weighted: int
    knows_days: bool
    days_left: int
    note: str


@dataclass(frozen=True)
class _Read:
    name: str
    deals: int
    unpriced: int
    amount: Decimal
    weighted: Decimal
    usual_days: int | None


def read(reporting: Reporting, context: Context, figures: Figures) -> Stages | Missing | None:
    """None without the mart; Missing when no deal is open for the quarter.

    Raises:
        PageRefused: the stages do not add up to what is open.
    """
    if not reporting.has("pipeline_current", "stage", "amount", "weighted_amount", "close_date"):
        return None
    is_due = context.is_current and figures.open_deals > 0
    found = _stages(reporting, context, is_due=is_due)
    if not found:
        return Missing(QUESTION, "No deal is open", "Open deals in opportunities.csv fill this.")
    if is_due:
        adds_up("open pipeline by stage", [s.amount for s in found], figures.open_amount)
        adds_up("open deals by stage", [s.deals for s in found], figures.open_deals)
        adds_up("weighted pipeline by stage", [s.weighted for s in found], figures.open_weighted or 0)
    total = sum((s.amount for s in found), Decimal(0))
    unit = Unit.of(context.currency, total)
    amounts = [n or 0 for n in apportion([s.amount for s in found], unit.divisor)]
    weighted = [n or 0 for n in apportion([s.weighted for s in found], unit.divisor)]
    largest = max(s.amount for s in found) or Decimal(1)
    stages = tuple(
        Stage(
            s.name,
            s.deals,
            amount,
            weight,
            float(s.amount / largest),
            float(s.weighted / largest),
            s.usual_days,
            s.usual_days is not None and s.usual_days > context.days_left,
        )
        for s, amount, weight in zip(found, amounts, weighted, strict=True)
    )
    return Stages(
        QUESTION,
        _heading(context, found, total) if is_due else _heading_of_all(reporting, context, found, total),
        f"{unit.name}, {f'due in {context.quarter.title}' if is_due else 'all open deals, whenever due'}. "
        "Full bar: open value. Dark bar: weighted by probability.",
        stages,
        sum(s.deals for s in stages),
        sum(amounts),
        sum(weighted),
        is_due and any(s.usual_days is not None for s in stages),
        context.days_left,
        _note(figures.bookings if is_due else None, unit, found, sum(weighted)),
    )


def _stages(reporting: Reporting, context: Context, *, is_due: bool) -> list[_Read]:
    deals = reporting.table("pipeline_current")
    due = sa.and_(deals.c.close_date >= context.quarter.start, deals.c.close_date < context.quarter.end)
    order = deals.c.stage_order if "stage_order" in deals.c else sa.null()
    usual = _usual_days(reporting)
    statement = (
        sa.select(
            deals.c.stage,
            sa.func.count(),
            sa.func.count().filter(deals.c.amount.is_(None)),
            sa.func.coalesce(sa.func.sum(deals.c.amount), 0),
            sa.func.coalesce(sa.func.sum(deals.c.weighted_amount), 0),
        )
        .where(due if is_due else sa.true())
        .group_by(deals.c.stage)
        .order_by(sa.func.min(order), deals.c.stage)
    )
    return [
        _Read(stage_name(row[0]), row[1], row[2], Decimal(row[3]), Decimal(row[4]), usual.get(row[0]))
        for row in reporting.rows(statement)
    ]


def _usual_days(reporting: Reporting) -> dict[str, int]:
    """Median days from entering a stage to the win, of won deals; only where stage stays are published."""
    if not (
        reporting.has("pipeline_deal_stages", "opportunity_key", "stage", "entered_at")
        and reporting.has("pipeline_deals", "opportunity_key", "is_won", "close_date")
    ):
        return {}
    stays, deals = reporting.table("pipeline_deal_stages"), reporting.table("pipeline_deals")
    first = (
        sa.select(
            stays.c.opportunity_key, stays.c.stage, sa.cast(sa.func.min(stays.c.entered_at), sa.Date).label("entered")
        )
        .group_by(stays.c.opportunity_key, stays.c.stage)
        .subquery()
    )
    waited = deals.c.close_date - first.c.entered
    statement = (
        sa.select(first.c.stage, sa.func.percentile_cont(0.5).within_group(waited), sa.func.count())
        .select_from(first.join(deals, deals.c.opportunity_key == first.c.opportunity_key))
        .where(deals.c.is_won, waited >= 0)
        .group_by(first.c.stage)
    )
    return {row[0]: round(row[1]) for row in reporting.rows(statement) if row[2] >= _FEWEST_WINS}


def _heading(context: Context, found: list[_Read], total: Decimal) -> str:
    money = context.currency.headline
    late = sum((s.amount for s in found if s.usual_days is not None and s.usual_days > context.days_left), Decimal(0))
    if late and total:
        share, left = percent(late / total, 0), plural(context.days_left, "day")
        return f"{money(late)} of {money(total)} ({share}) sits in stages that need more than the {left} left"
    if any(s.usual_days is not None for s in found):
        return f"All {money(total)} still open sits in stages that usually close within the days left"
    weighted = sum((s.weighted for s in found), Decimal(0))
    return f"{money(total)} is open for {context.quarter.name}, {money(weighted)} of it weighted"


def _heading_of_all(reporting: Reporting, context: Context, found: list[_Read], total: Decimal) -> str:
    """Of all open deals, whenever due: how many are past their close date."""
    deals = reporting.table("pipeline_current")
    number = sum(s.deals for s in found)
    past = reporting.one(sa.select(sa.func.count()).select_from(deals).where(deals.c.close_date < context.as_of.date()))
    overdue = int(past[0]) if past else 0
    lead = f"{plural(number, 'deal is', 'deals are')} open for {context.currency.headline(total)}"
    if not overdue:
        return f"{lead}, none of them past its close date"
    return f"{lead}, {'all' if overdue == number else f'{overdue:,}'} of them past their close date"


def _note(bookings: Decimal | None, unit: Unit, found: list[_Read], weighted: int) -> str:
    parts = []
    if bookings is not None:
        booked = apportion([bookings], unit.divisor)[0] or 0
        sum_of_both = whole(booked + weighted)
        parts.append(
            f"Bookings {whole(booked)} + weighted {whole(weighted)} = {sum_of_both}, if each deal is worth its probability."
        )
    unpriced = sum(s.unpriced for s in found)
    if unpriced:
        parts.append(f"{plural(unpriced, 'deal')} without an amount counted as 0.")
    return " ".join(parts)


def stage_name(stage: str | None) -> str:
    """'proposal_and_negotiation' -> 'Proposal and negotiation'."""
    return called((stage or "unmapped").replace("_", " ").capitalize())
