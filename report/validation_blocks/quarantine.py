"""What is in quarantine? Open rows by reason, new ones beside those from earlier runs."""

# ruff: noqa: RUF001 (the signs that readers see are meant)

from collections.abc import Sequence
from dataclasses import dataclass

from report.check import adds_up
from report.context import Context
from report.health import SetAside
from report.words import count, percent, plural, short_day

QUESTION = "What is in quarantine?"
MOST_ROWS = 20
_EMPTY = (
    "A row that breaks a rule is set aside as it came, with file, row, column and rule, and is counted here. "
    "It returns by itself in the first run after its source is corrected."
)


@dataclass(frozen=True)
class Quarantine:
    """The table with its totals; `largest` scales the bars."""

    question: str
    heading: str
    subtitle: str
    rows: tuple[SetAside, ...]
    new: int
    earlier: int
    largest: int
    closes: str


def read(context: Context, aside: Sequence[SetAside], returned: int, rows_held: int) -> Quarantine:
    """What waits now.

    Args:
        returned: rows that left quarantine in this run.
        rows_held: rows the warehouse holds, 0 when not known.
    """
    new, earlier = sum(a.new for a in aside), sum(a.earlier for a in aside)
    waiting = new + earlier
    rows = _folded(aside)
    adds_up("quarantine by reason", [r.open for r in rows], waiting)
    before = waiting - new + returned
    share = f", {percent(waiting / rows_held, 2)} of rows held" if rows_held >= waiting > 0 else ""
    closes = (
        _EMPTY
        if not (waiting or returned)
        else (
            f"Open before this run {count(before)} − returned {count(returned)} + new {count(new)} = open now {count(waiting)}{share}. "
            "A row returns by itself in the first run after its source is corrected."
        )
    )
    return Quarantine(
        QUESTION,
        _heading(context, aside, waiting),
        "Rows by reason, with the table that set them aside. Dark: new in this run." if rows else "",
        rows,
        new,
        earlier,
        max((r.open for r in rows), default=1),
        closes,
    )


def _folded(aside: Sequence[SetAside]) -> tuple[SetAside, ...]:
    if len(aside) <= MOST_ROWS:
        return tuple(aside)
    shown, rest = aside[: MOST_ROWS - 1], aside[MOST_ROWS - 1 :]
    name = f"{len(rest)} more reasons"
    return (
        *shown,
        SetAside("", "", name, sum(r.new for r in rest), sum(r.earlier for r in rest), min(r.oldest for r in rest)),
    )


def _heading(context: Context, aside: Sequence[SetAside], waiting: int) -> str:
    if not waiting:
        return "No row waits in quarantine"
    most = aside[0]
    oldest = min(a.oldest for a in aside)
    lead = f"{plural(waiting, 'row waits', 'rows wait')}"
    if most.open < waiting:
        lead += f", {count(most.open)} of them in {most.table}"
    return f"{lead}; the oldest since {short_day(oldest)}" if (context.as_of - oldest).days > 1 else lead
