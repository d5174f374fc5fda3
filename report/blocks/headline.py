"""Key figures of the quarter: bookings, attainment, win rate, sales cycle, coverage, likely finish."""

from decimal import Decimal
from itertools import accumulate

from report import figures, sparks
from report.blocks import finish
from report.blocks.key_figure import DOWN, UP, KeyFigure
from report.context import Context
from report.figures import Figures, Goal
from report.words import NOT_RECORDED, ZERO, days, number_of_cases, percent, points, ratio

FEW = 30


def read(context: Context, figures: Figures) -> tuple[KeyFigure, ...]:
    """All key figures; one whose data is missing says which file fills it."""
    goal = figures.goal(context.quarter)
    return (
        _bookings(context, figures, goal),
        _attainment(context, figures, goal),
        _win_rate(context, figures),
        _sales_cycle(context, figures),
        _coverage(context, figures, goal),
        finish.figure(context, finish.read(context, figures), goal),
    )


def expected(context: Context, goal: Goal) -> float:
    """The share of the goal that should be reached by now: the mart's curve, else business days."""
    return context.elapsed_share if goal.expected_share is None else goal.expected_share


def _bookings(context: Context, found: Figures, goal: Goal | None) -> KeyFigure:
    money = context.currency
    value = money.headline(found.bookings)
    running = [float(v) for v in accumulate(amount for _, amount in found.bookings_by_day)]
    if goal is None:
        before = figures.at_same_point(found.previous_by_day, context.previous, context)
        verdict, tone = _against(
            found.bookings - before, money.headline(abs(found.bookings - before)), context.previous.name
        )
        note = f"{context.previous.name} had {money.headline(before)} at this point; no target recorded"
        return KeyFigure("Bookings", value, sparks.line(running), verdict if before else "", tone, note)
    ahead = found.bookings - goal.target * Decimal(str(expected(context, goal)))
    reached = found.bookings >= goal.target
    rest = "reached" if reached else f"{money.headline(goal.target - found.bookings)} to go"
    pace = [float(goal.target) * expected(context, goal) * (i + 1) / len(running) for i in range(len(running))]
    return KeyFigure(
        "Bookings",
        value,
        sparks.line(running, pace),
        f"{UP if ahead >= 0 else DOWN} {money.headline(abs(ahead))} {'ahead of' if ahead >= 0 else 'behind'} pace",
        "good" if ahead >= 0 else "bad",
        f"of {money.headline(goal.target)} target, {rest}",
    )


def _attainment(context: Context, found: Figures, goal: Goal | None) -> KeyFigure:
    if goal is None or goal.attainment is None:
        return KeyFigure("Attainment", NOT_RECORDED, None, "", "plain", "A company target in quotas.csv fills this.")
    pace = expected(context, goal)
    ahead = goal.attainment - pace
    by_quarter = {g.quarter: g.attainment for g in found.goals}
    before = found.goal(context.previous)
    then = ""
    if before is not None and before.target:
        share = figures.at_same_point(found.previous_by_day, context.previous, context) / before.target
        then = f"; {context.previous.name} was {percent(share)} at this point"
    return KeyFigure(
        "Attainment",
        percent(goal.attainment),
        sparks.bars([by_quarter.get(q) for q in context.quarters[1:]], 1.0),
        f"{UP if ahead >= 0 else DOWN} {points(ahead)} {'ahead of' if ahead >= 0 else 'behind'} pace",
        "good" if ahead >= 0 else "bad",
        f"pace is {percent(pace)}{then}",
    )


def _win_rate(context: Context, found: Figures) -> KeyFigure:
    now, before = _now_and_before(found)
    if now is None or now.win_rate is None:
        return KeyFigure("Win rate", ZERO, None, "", "plain", f"No deal was closed in {context.quarter.name}.")
    if not any(o.lost for o in found.outcomes):
        return KeyFigure(
            "Win rate",
            NOT_RECORDED,
            None,
            "",
            "plain",
            "No lost deal is recorded; lost deals in opportunities.csv fill this.",
        )
    spark = sparks.line([o.win_rate for o in found.outcomes])
    note = f"{now.won:,} won of {now.closed:,} closed"
    if before is None or before.win_rate is None:
        return KeyFigure("Win rate", percent(now.win_rate), spark, "", "plain", note)
    note += f"; {context.previous.name} {percent(before.win_rate)}"
    change = now.win_rate - before.win_rate
    if min(now.closed, before.closed) < FEW:
        return KeyFigure("Win rate", percent(now.win_rate), spark, number_of_cases(now.closed), "plain", note)
    if round(abs(change), 3) == 0:
        return KeyFigure("Win rate", percent(now.win_rate), spark, f"as in {context.previous.name}", "plain", note)
    word = "above" if change >= 0 else "below"
    verdict = f"{UP if change >= 0 else DOWN} {points(change)} {word} {context.previous.name}"
    return KeyFigure("Win rate", percent(now.win_rate), spark, verdict, "good" if change >= 0 else "bad", note)


def _sales_cycle(context: Context, found: Figures) -> KeyFigure:
    now, before = _now_and_before(found)
    if now is None or now.median_cycle is None:
        return KeyFigure("Sales cycle", ZERO, None, "", "plain", f"No deal was won in {context.quarter.name}.")
    if not any(o.median_cycle for o in found.outcomes):
        return KeyFigure(
            "Sales cycle", NOT_RECORDED, None, "", "plain", "All deals were won on the day they were created."
        )
    spark = sparks.line([o.median_cycle for o in found.outcomes])
    value = days(now.median_cycle)
    if before is None or before.median_cycle is None:
        return KeyFigure("Sales cycle", value, spark, "", "plain", f"median of {now.cycles:,} won deals")
    note = f"median of {now.cycles:,} won deals; {context.previous.name} {days(before.median_cycle)}"
    change = now.median_cycle - before.median_cycle
    if min(now.cycles, before.cycles) < FEW:
        return KeyFigure("Sales cycle", value, spark, number_of_cases(now.cycles), "plain", note)
    word = "longer" if change > 0 else "shorter"
    verdict = f"{UP if change > 0 else DOWN} {days(abs(change))} {word} than {context.previous.name}"
    if round(abs(change)) == 0:
        return KeyFigure("Sales cycle", value, spark, f"as long as in {context.previous.name}", "plain", note)
    return KeyFigure("Sales cycle", value, spark, verdict, "bad" if change > 0 else "good", note)


def _coverage(context: Context, found: Figures, goal: Goal | None) -> KeyFigure:
    money = context.currency
    if not context.is_current:
        return KeyFigure(
            "Coverage", ZERO, None, "", "plain", f"{context.quarter.name} is over: nothing is left to cover"
        )
    if goal is None:
        note = f"open for {context.quarter.name}; a target in quotas.csv makes it a ratio"
        return KeyFigure("Coverage", money.headline(found.open_amount), None, "", "plain", note)
    to_go = goal.target - found.bookings
    if to_go <= 0:
        return KeyFigure(
            "Coverage", ZERO, None, f"{UP} target reached", "good", f"{money.headline(found.open_amount)} still open"
        )
    cover = found.open_amount / to_go
    note = f"{money.headline(found.open_amount)} open ÷ {money.headline(to_go)} to go"
    now, before = _now_and_before(found)
    rate = next((o.win_rate for o in (now, before) if o is not None and o.closed >= FEW), None)
    if not rate:
        return KeyFigure("Coverage", ratio(cover), None, "", "plain", note)
    needed = Decimal(1) / Decimal(str(rate))
    enough = cover >= needed
    verdict = f"{UP if enough else DOWN} {'above' if enough else 'below'} the {ratio(needed)} needed"
    spark = sparks.bullet(float(cover), float(needed))
    return KeyFigure("Coverage", ratio(cover), spark, verdict, "good" if enough else "bad", note)


def _now_and_before(found: Figures) -> tuple[figures.Outcome | None, figures.Outcome | None]:
    return (found.outcomes[-1], found.outcomes[-2]) if len(found.outcomes) > 1 else (None, None)


def _against(change: Decimal, size: str, name: str) -> tuple[str, str]:
    if change == 0:
        return f"as much as {name}", "plain"
    return (f"{UP} {size} above {name}", "good") if change > 0 else (f"{DOWN} {size} below {name}", "bad")
