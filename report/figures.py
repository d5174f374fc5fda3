"""The figures several blocks share, each read once, so that the same number cannot differ between two places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from report.context import Context
from report.data import Reporting
from report.period import Quarter

BOOKINGS = "bookings"


@dataclass(frozen=True)
class Outcome:
    """How a quarter's closed deals ended."""

    quarter: Quarter
    won: int
    lost: int
    won_amount: Decimal
    median_cycle: float | None
    cycles: int

    @property
    def closed(self) -> int:
        return self.won + self.lost

    @property
    def win_rate(self) -> float | None:
        return self.won / self.closed if self.closed else None


@dataclass(frozen=True)
class Goal:
    """The company's bookings target of one quarter; ratios are fractions, `projected` is where it lands at its pace."""

    quarter: Quarter
    target: Decimal
    actual: Decimal
    expected_share: float | None
    projected: Decimal | None

    @property
    def attainment(self) -> float | None:
        return float(self.actual / self.target) if self.target else None


@dataclass(frozen=True)
class Ever:
    """All deals there are: (number, amount) in all, won, lost and open."""

    deals: tuple[int, Decimal]
    won: tuple[int, Decimal]
    lost: tuple[int, Decimal]
    open: tuple[int, Decimal]


@dataclass(frozen=True)
class Figures:
    """Bookings by day, goals and outcomes by quarter (current last), and what is open for the current quarter."""

    bookings: Decimal
    bookings_by_day: tuple[tuple[date, Decimal], ...]
    previous_by_day: tuple[tuple[date, Decimal], ...]
    goals: tuple[Goal, ...]
    outcomes: tuple[Outcome, ...]
    open_amount: Decimal
    open_weighted: Decimal | None
    open_deals: int
    ever: Ever | None

    def goal(self, quarter: Quarter) -> Goal | None:
        """The goal of that quarter, None when no target is recorded for it."""
        return next((goal for goal in self.goals if goal.quarter == quarter), None)


def read(reporting: Reporting, context: Context) -> Figures:
    """All of them; what the company did not bring stays empty."""
    by_day = _bookings(reporting, context.quarter)
    open_deals, open_amount, open_weighted = _open(reporting, context)
    return Figures(
        bookings=sum((amount for _, amount in by_day), Decimal(0)),
        bookings_by_day=by_day,
        previous_by_day=_bookings(reporting, context.previous),
        goals=_goals(reporting, context.quarters),
        outcomes=_outcomes(reporting, context.quarters),
        open_amount=open_amount,
        open_weighted=open_weighted,
        open_deals=open_deals,
        ever=None if context.is_current else _ever(reporting),
    )


def _bookings(reporting: Reporting, quarter: Quarter) -> tuple[tuple[date, Decimal], ...]:
    if not reporting.has("bookings", "booking_date", "net_amount"):
        return ()
    bookings = reporting.table("bookings")
    statement = (
        sa.select(bookings.c.booking_date, sa.func.coalesce(sa.func.sum(bookings.c.net_amount), 0))
        .where(bookings.c.booking_date >= quarter.start, bookings.c.booking_date < quarter.end)
        .group_by(bookings.c.booking_date)
        .order_by(bookings.c.booking_date)
    )
    return tuple((row[0], Decimal(row[1])) for row in reporting.rows(statement))


def _goals(reporting: Reporting, quarters: Sequence[Quarter]) -> tuple[Goal, ...]:
    if not reporting.has("goal_attainment", "level", "measure", "period_type", "target_amount", "actual_amount"):
        return ()
    goals = reporting.table("goal_attainment")
    projected = goals.c.projected_amount if "projected_amount" in goals.c else sa.null().label("projected_amount")
    statement = sa.select(
        goals.c.period_start, goals.c.target_amount, goals.c.actual_amount, goals.c.expected_share, projected
    ).where(
        goals.c.level == "company",
        goals.c.measure == BOOKINGS,
        goals.c.period_type == "quarter",
        goals.c.period_start.in_([quarter.start for quarter in quarters]),
    )
    found = {row.period_start: row for row in reporting.rows(statement) if row.target_amount}
    return tuple(
        Goal(
            quarter,
            Decimal(row.target_amount),
            Decimal(row.actual_amount or 0),
            None if row.expected_share is None else float(row.expected_share),
            None if row.projected_amount is None else Decimal(row.projected_amount),
        )
        for quarter in quarters
        if (row := found.get(quarter.start)) is not None
    )


def _outcomes(reporting: Reporting, quarters: Sequence[Quarter]) -> tuple[Outcome, ...]:
    if not reporting.has("pipeline_deals", "is_won", "is_lost", "close_date", "cycle_days"):
        return ()
    deals = reporting.table("pipeline_deals")
    valid = sa.and_(deals.c.is_won, *([deals.c.is_cycle_valid] if "is_cycle_valid" in deals.c else []))
    bucket: sa.ColumnElement[Any] = sa.case(
        *(
            (sa.and_(deals.c.close_date >= q.start, deals.c.close_date < q.end), sa.literal(i))
            for i, q in enumerate(quarters)
        )
    ).label("bucket")
    statement = (
        sa.select(
            bucket,
            sa.func.count().filter(deals.c.is_won),
            sa.func.count().filter(deals.c.is_lost),
            sa.func.coalesce(sa.func.sum(deals.c.amount).filter(deals.c.is_won), 0),
            sa.func.percentile_cont(0.5).within_group(deals.c.cycle_days).filter(valid),
            sa.func.count(deals.c.cycle_days).filter(valid),
        )
        .where(deals.c.close_date >= quarters[0].start, deals.c.close_date < quarters[-1].end)
        .where(sa.or_(deals.c.is_won, deals.c.is_lost))
        .group_by(sa.text("1"))
    )
    found = {row[0]: row for row in reporting.rows(statement)}
    return tuple(
        Outcome(quarter, row[1], row[2], Decimal(row[3]), None if row[4] is None else float(row[4]), row[5])
        if (row := found.get(i))
        else Outcome(quarter, 0, 0, Decimal(0), None, 0)
        for i, quarter in enumerate(quarters)
    )


def _ever(reporting: Reporting) -> Ever | None:
    if not reporting.has("pipeline_deals", "is_won", "is_lost", "is_open", "amount"):
        return None
    deals = reporting.table("pipeline_deals")
    row = reporting.one(
        sa.select(
            *(
                measure
                for flag in (sa.true(), deals.c.is_won, deals.c.is_lost, deals.c.is_open)
                for measure in (
                    sa.func.count().filter(flag),
                    sa.func.coalesce(sa.func.sum(deals.c.amount).filter(flag), 0),
                )
            )
        ).select_from(deals)
    )
    if row is None or not row[0]:
        return None
    deals_won_lost_open = [(int(row[i]), Decimal(row[i + 1])) for i in range(0, 8, 2)]
    return Ever(*deals_won_lost_open)


def _open(reporting: Reporting, context: Context) -> tuple[int, Decimal, Decimal | None]:
    if not reporting.has("pipeline_current", "amount", "close_date"):
        return 0, Decimal(0), None
    deals = reporting.table("pipeline_current")
    weighted = sa.func.coalesce(sa.func.sum(deals.c.weighted_amount), 0) if "weighted_amount" in deals.c else sa.null()
    row = reporting.one(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(deals.c.amount), 0), weighted)
        .select_from(deals)
        .where(deals.c.close_date >= context.quarter.start, deals.c.close_date < context.quarter.end)
    )
    return (int(row[0]), Decimal(row[1]), None if row[2] is None else Decimal(row[2])) if row else (0, Decimal(0), None)


def at_same_point(by_day: Sequence[tuple[date, Decimal]], quarter: Quarter, context: Context) -> Decimal:
    """What an earlier quarter had booked as many days after its start as have passed now."""
    limit = quarter.start + timedelta(days=(context.today - context.quarter.start).days)
    return sum((amount for booked, amount in by_day if booked <= limit), Decimal(0))
