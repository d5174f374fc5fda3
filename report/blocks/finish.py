"""Is it enough? Where the quarter lands, by two ways to reckon: at its pace, and with its pipeline by probability."""

from dataclasses import dataclass
from decimal import Decimal

from report import sparks
from report.blocks.key_figure import DOWN, UP, KeyFigure
from report.context import Context
from report.figures import Figures, Goal
from report.words import NOT_RECORDED, ZERO, listed

NAME = "Likely finish"
_SOON = 0.1  # the share of a quarter's result before which its pace says nothing


@dataclass(frozen=True)
class Finish:
    """Each way to reckon with what it comes to; the smallest and the largest are the range."""

    ways: tuple[tuple[str, Decimal], ...]

    @property
    def low(self) -> Decimal:
        return min(amount for _, amount in self.ways)

    @property
    def high(self) -> Decimal:
        return max(amount for _, amount in self.ways)


def read(context: Context, figures: Figures) -> Finish | None:
    """None for a quarter that is over, or when there is nothing to reckon with."""
    if not context.is_current:
        return None
    ways = []
    goal = figures.goal(context.quarter)
    if goal is not None and goal.projected is not None and (goal.expected_share or 0) >= _SOON:
        ways.append(("at this pace", goal.projected))
    if figures.open_weighted is not None:
        ways.append(("with open deals weighted", figures.bookings + figures.open_weighted))
    return Finish(tuple(ways)) if ways else None


def figure(context: Context, found: Finish | None, goal: Goal | None) -> KeyFigure:
    """The cell: the range, whether the target lies below, within or above it, and how it was reckoned."""
    if not context.is_current:
        return KeyFigure(NAME, ZERO, None, "", "plain", f"{context.quarter.name} is over")
    if found is None:
        return KeyFigure(NAME, NOT_RECORDED, None, "", "plain", "Open deals with a probability fill this.")
    money = context.currency
    value = money.span(found.low, found.high)
    note = listed([f"{money.headline(amount)} {way}" for way, amount in found.ways])
    if goal is None:
        return KeyFigure(NAME, value, None, "", "plain", f"{note}; no target recorded")
    target = money.headline(goal.target)
    spark = sparks.span([float(amount) for _, amount in found.ways], float(goal.target), f"target {target}")
    if found.low >= goal.target:
        return KeyFigure(NAME, value, spark, f"{UP} above the target", "good", note)
    if found.high < goal.target:
        return KeyFigure(NAME, value, spark, f"{DOWN} below the target", "bad", note)
    return KeyFigure(NAME, value, spark, "the target is within", "plain", note)


def sentence(context: Context, found: Finish | None, goal: Goal | None) -> str:
    """For the page's first paragraph; empty without a target to compare with."""
    if found is None or goal is None:
        return ""
    money = context.currency.headline
    low, high = money(found.low), money(found.high)
    return f"The likely finish is {low if low == high else f'{low} to {high}'} against {money(goal.target)}."
