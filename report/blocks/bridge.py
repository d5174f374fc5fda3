"""Why did the pipeline change? Opening, what was added and removed, closing; it closes to the cent."""

# ruff: noqa: RUF001 (the signs that readers see are meant)

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from report.blocks import bridge_read
from report.blocks.bridge_picture import WIDTHS, picture
from report.blocks.bridge_read import Span
from report.blocks.bridge_steps import ADDED, CHANGES_VALUE_ONLY, Step
from report.blocks.missing import Missing
from report.check import adds_up
from report.context import Context
from report.data import Reporting
from report.figures import Figures
from report.money import Unit
from report.words import apportion, count, short_day

QUESTION = "Why did the pipeline change?"
_WORDS = {
    "won": "won",
    "lost": "lost",
    "decreased": "cut",
    "pushed_out": "pushed out",
    "pulled_out": "pulled out",
    "deleted": "deleted",
}


@dataclass(frozen=True)
class Bridge:
    """The current quarter's movements, in the unit of the page; `shown` numbers add up as written."""

    question: str
    heading: str
    subtitle: str
    closes: str
    pictures: tuple[tuple[str, Markup], ...]


def read(reporting: Reporting, context: Context, figures: Figures) -> Bridge | Missing | None:
    """None without the mart; Missing when it holds nothing of this quarter.

    Raises:
        PageRefused: opening and movements do not make the closing value, or it is not what is open now.
    """
    if not reporting.has("pipeline_movements", "scope", "basis", "opening_amount", "closing_amount"):
        return None
    span, opening, steps, closing = bridge_read.read(reporting, context)
    if not (opening.deals or closing.deals or steps):
        return Missing(
            QUESTION, "No change of the pipeline is recorded", "Deals with a close date in opportunities.csv fill this."
        )
    adds_up("pipeline movements, amounts", [opening.amount, *(s.amount for s in steps)], closing.amount)
    adds_up("pipeline movements, deals", [opening.deals, *map(_deals_moved, steps)], closing.deals)
    if span.ends_with_figures:
        adds_up("open pipeline by movements and by deal", [figures.open_amount], closing.amount)
    unit = Unit.of(
        context.currency, max(abs(opening.amount), abs(closing.amount), *(abs(s.amount) for s in steps), Decimal(0))
    )
    opening, *steps, closing = _in_unit([opening, *steps, closing], unit)
    return Bridge(
        QUESTION,
        _heading(context, opening, steps, closing),
        f"{unit.name}, {span.words}",
        _closes(figures, unit, span, opening, steps, closing),
        tuple((size, picture(width, span, opening, steps, closing)) for size, width in WIDTHS),
    )


def _deals_moved(step: Step) -> int:
    if step.name in CHANGES_VALUE_ONLY:
        return 0
    return step.deals if step.name in ADDED else -step.deals


def _in_unit(steps: Sequence[Step], unit: Unit) -> list[Step]:
    opening, *moved, closing = steps
    parts = apportion([opening.amount, *(s.amount for s in moved)], unit.divisor)
    total = apportion([closing.amount], unit.divisor)
    shown = [int(part or 0) for part in (*parts, *total)]
    adds_up("pipeline movements as shown", shown[:-1], shown[-1])
    return [Step(s.name, s.amount, s.deals, n) for s, n in zip(steps, shown, strict=True)]


def _heading(context: Context, opening: Step, steps: Sequence[Step], closing: Step) -> str:
    money = context.currency.headline
    added = sum((s.amount for s in steps if s.amount > 0), Decimal(0))
    removed = -sum((s.amount for s in steps if s.amount < 0), Decimal(0))
    ways = [_WORDS.get(s.name, s.label.lower()) for s in sorted(steps, key=lambda s: s.amount) if s.amount < 0][:4]
    verb = (
        "fell to" if closing.amount < opening.amount else "rose to" if closing.amount > opening.amount else "stayed at"
    )
    how = f"{', '.join(ways[:-1])} or {ways[-1]}" if len(ways) > 1 else ways[0] if ways else "removed"
    return f"Pipeline {verb} {money(closing.amount)}: {money(added)} was added, {money(removed)} was {how}"


def _closes(figures: Figures, unit: Unit, span: Span, opening: Step, steps: Sequence[Step], closing: Step) -> str:
    plus = sum(s.shown for s in steps if s.shown > 0)
    minus = sum(s.shown for s in steps if s.shown < 0)
    came = sum(max(0, _deals_moved(s)) for s in steps)
    went = sum(max(0, -_deals_moved(s)) for s in steps)
    in_deals = f"({count(opening.deals)} + {count(came)} − {count(went)} = {count(closing.deals)})"
    in_money = f"{count(opening.shown)} + {count(plus)} − {count(-minus)} = {count(closing.shown)}"
    parts = [f"{in_money}, in money and in deals {in_deals}."]
    parts.append(_won(figures, unit, span, steps))
    end = f"Open on {short_day(span.until)}, {count(closing.shown)}, is the sum of the stages below."
    parts.append(end if span.ends_with_figures else "")
    if any(s.name in CHANGES_VALUE_ONLY for s in steps):
        parts.append("Increased and decreased change the value of a deal, not the number of deals.")
    return " ".join(filter(None, parts))


def _won(figures: Figures, unit: Unit, span: Span, steps: Sequence[Step]) -> str:
    """How the wins of the bridge and the bookings figure go together; nothing where they are of different periods."""
    won = next((s for s in steps if s.name == "won"), None)
    if won is None or span.scope != "target":
        return ""
    if -won.amount == figures.bookings:
        return f"Won, {count(-won.shown)}, is the bookings figure above."
    booked = int((apportion([figures.bookings], unit.divisor)[0]) or 0)
    recorded = f"Won, {count(-won.shown)}, counts wins by the day they were recorded"
    return f"{recorded}; bookings, {count(booked)}, by close date."
