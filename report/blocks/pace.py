"""Who is on pace? Bookings against quota by rep, with the pace and the quota as two references."""

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from report.blocks.headline import expected
from report.blocks.missing import Missing
from report.check import adds_up
from report.context import Context
from report.data import Reporting
from report.figures import BOOKINGS, Figures
from report.money import Unit
from report.words import apportion, called, listed, percent, sentence, short_day, spelled

QUESTION = "Who is on pace?"
MOST_ROWS = 14
_FAR_BEHIND = 0.25
_SCALE = 1.25


@dataclass(frozen=True)
class Row:
    """One rep, or several folded into one row (`keys` holds them all); shares are of the quota."""

    keys: tuple[str, ...]
    name: str
    booked: int
    quota: int | None
    attained: str
    versus: float | None
    bar: float
    is_folded: bool = False


@dataclass(frozen=True)
class Pace:
    """The table; `pace` and `quota` are the places of the two reference lines, as shares of the bar's width."""

    question: str
    heading: str
    subtitle: str
    unit: Unit
    rows: tuple[Row, ...]
    total: Row
    pace: float
    pace_at: float
    quota_at: float
    note: str


@dataclass(frozen=True)
class _Rep:
    key: str
    name: str
    booked: Decimal
    quota: Decimal | None

    @property
    def attainment(self) -> float | None:
        return float(self.booked / self.quota) if self.quota else None


def read(reporting: Reporting, context: Context, figures: Figures) -> Pace | Missing | None:
    """None without the mart; Missing when no rep has a quota this quarter.

    Raises:
        PageRefused: the rows do not add up to the team.
    """
    if not reporting.has("goal_attainment", "level", "subject_key", "subject_name", "target_amount", "actual_amount"):
        return None
    reps = _reps(reporting, context)
    with_quota = [rep for rep in reps if rep.quota]
    if not with_quota:
        return Missing(
            QUESTION,
            f"No quota is recorded for {context.quarter.title}",
            "quotas.csv fills this: one row per rep and period.",
        )
    goal = figures.goal(context.quarter)
    pace = context.elapsed_share if goal is None else expected(context, goal)
    ordered = sorted(with_quota, key=lambda r: (-(r.attainment or 0.0), r.name)) + [r for r in reps if not r.quota]
    unit = Unit.of(context.currency, max(sum((r.booked for r in reps), Decimal(0)), max(r.quota or 0 for r in reps)))
    rows = _fold([_row(r, b, q, pace) for r, b, q in _in_unit(ordered, unit)])
    booked, quota = sum((r.booked for r in reps), Decimal(0)), sum((r.quota or Decimal(0) for r in reps), Decimal(0))
    team = _Rep("", "Team", booked, quota)
    total = _row(team, sum(r.booked for r in rows), sum(r.quota or 0 for r in rows), pace)
    adds_up("bookings by rep, as shown", [r.booked for r in rows], apportion([booked], unit.divisor)[0] or 0)
    return Pace(
        QUESTION,
        _heading(with_quota, pace),
        f"{unit.name}, {context.quarter.name} to {short_day(context.today)}",
        unit,
        tuple(rows),
        total,
        pace,
        pace / _SCALE,
        1 / _SCALE,
        _note(context, figures, booked, quota),
    )


def _reps(reporting: Reporting, context: Context) -> list[_Rep]:
    goals = reporting.table("goal_attainment")
    statement = sa.select(
        goals.c.subject_key, goals.c.subject_name, goals.c.actual_amount, goals.c.target_amount
    ).where(
        goals.c.level == "rep",
        goals.c.measure == BOOKINGS,
        goals.c.period_type == "quarter",
        goals.c.period_start == context.quarter.start,
    )
    found = [
        _Rep(
            str(row.subject_key),
            called(row.subject_name),
            Decimal(row.actual_amount or 0),
            row.target_amount and Decimal(row.target_amount),
        )
        for row in reporting.rows(statement)
    ]
    return [rep for rep in found if rep.quota or rep.booked]


def _in_unit(reps: list[_Rep], unit: Unit) -> list[tuple[_Rep, int, int | None]]:
    booked = apportion([r.booked for r in reps], unit.divisor)
    quotas = apportion([r.quota for r in reps], unit.divisor)
    return [(r, b or 0, q) for r, b, q in zip(reps, booked, quotas, strict=True)]


def _row(rep: _Rep, booked: int, quota: int | None, pace: float) -> Row:
    share = rep.attainment
    return Row(
        (rep.key,),
        rep.name,
        booked,
        quota,
        "no quota" if share is None else percent(share, 0),
        None if share is None else share - pace,
        0.0 if share is None else min(max(share, 0.0) / _SCALE, 1.0),
    )


def _fold(rows: list[Row]) -> list[Row]:
    """All rows of a small team; of a large one both ends, the middle and those without a quota summed in a row each."""
    measured, without = [r for r in rows if r.quota], [r for r in rows if not r.quota]
    if len(measured) > MOST_ROWS:
        half = MOST_ROWS // 2
        middle = measured[half:-half]
        name = f"{len(middle)} more, {middle[-1].attained} to {middle[0].attained}"
        measured = [*measured[:half], _sum(name, middle, sum(r.quota or 0 for r in middle)), *measured[-half:]]
    if len(without) > 3:
        without = [_sum(f"{len(without)} without a quota", without, None)]
    return [*measured, *without]


def _sum(name: str, rows: list[Row], quota: int | None) -> Row:
    keys = tuple(key for r in rows for key in r.keys)
    return Row(keys, name, sum(r.booked for r in rows), quota, "", None, 0.0, is_folded=True)


def _heading(reps: list[_Rep], pace: float) -> str:
    ahead = [r for r in reps if (r.attainment or 0.0) >= pace]
    far = sorted((r for r in reps if pace - (r.attainment or 0.0) > _FAR_BEHIND), key=lambda r: r.attainment or 0.0)
    noun = "rep is" if len(reps) == 1 else "reps are"
    lead = f"{sentence(spelled(len(ahead)))} of {spelled(len(reps))} {noun} ahead of pace"
    if not far:
        return f"{lead}; nobody is more than 25 points behind"
    if len(far) > 2:
        return f"{lead}; {spelled(len(far))} are more than 25 points behind"
    return f"{lead}; {listed([r.name for r in far])} {'is' if len(far) == 1 else 'are'} more than 25 points behind"


def _note(context: Context, figures: Figures, booked: Decimal, quota: Decimal) -> str:
    money = context.currency
    parts = []
    if booked != figures.bookings:
        why = (
            "overlay splits credit a deal to more than one rep"
            if booked > figures.bookings
            else "the rest is of deals whose rep has neither quota nor credit"
        )
        parts.append(f"Credited to reps {money.headline(booked)}, bookings {money.headline(figures.bookings)}: {why}.")
    goal = figures.goal(context.quarter)
    if goal is not None and goal.target != quota:
        parts.append(
            f"Quotas add up to {money.headline(quota)}, the company's target is {money.headline(goal.target)}."
        )
    return " ".join(parts)
