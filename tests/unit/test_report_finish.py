"""Where a quarter lands: the range of two ways to reckon, against the target."""

# ruff: noqa: RUF001 (the signs that readers see are meant)

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from report.blocks import finish
from report.context import Context
from report.figures import Figures, Goal
from report.money import Currency
from report.period import fiscal_quarters

TODAY = date(2026, 9, 9)
QUARTERS = fiscal_quarters(TODAY, 1)
CONTEXT = Context(
    run_id=1,
    run_label="1",
    company="Meridian",
    database="attain_demo",
    currency=Currency("EUR"),
    as_of=datetime(2026, 9, 10, tzinfo=UTC),
    published_at=None,
    today=TODAY,
    quarters=QUARTERS,
    to_date=QUARTERS,
    business_days_total=66,
    business_days_elapsed=52,
    sample=None,
)


def goal(target: int, projected: int | None, expected_share: float = 0.8) -> Goal:
    landing = None if projected is None else Decimal(projected)
    return Goal(QUARTERS[-1], Decimal(target), Decimal(3_402_000), expected_share, landing)


def figures(weighted: int | None, *goals: Goal) -> Figures:
    return Figures(
        bookings=Decimal(3_402_000),
        bookings_by_day=(),
        previous_by_day=(),
        goals=goals,
        outcomes=(),
        open_amount=Decimal(0),
        open_weighted=None if weighted is None else Decimal(weighted),
        open_deals=0,
        ever=None,
    )


@pytest.mark.parametrize(
    ("target", "verdict", "tone"),
    [
        (4_100_000, "▲ above the target", "good"),
        (4_217_000, "▲ above the target", "good"),
        (4_250_000, "the target is within", "plain"),
        (4_500_000, "▼ below the target", "bad"),
    ],
)
def test_the_target_lies_below_within_or_above(target: int, verdict: str, tone: str) -> None:
    """A verdict only where both ways to reckon agree."""
    known = goal(target, 4_318_000)
    found = finish.read(CONTEXT, figures(815_000, known))
    assert found is not None
    assert (found.low, found.high) == (Decimal(4_217_000), Decimal(4_318_000))
    cell = finish.figure(CONTEXT, found, known)
    assert (cell.value, cell.verdict, cell.tone) == ("€4.22–4.32M", verdict, tone)
    assert cell.note == "€4.32M at this pace and €4.22M with open deals weighted"


def test_early_in_a_quarter_its_pace_says_nothing() -> None:
    """Before a tenth of the result is due, only the pipeline is reckoned with."""
    early = goal(4_200_000, 90_000_000, expected_share=0.05)
    found = finish.read(CONTEXT, figures(815_000, early))
    assert found is not None
    assert (found.low, found.high) == (Decimal(4_217_000), Decimal(4_217_000))
    assert finish.sentence(CONTEXT, found, early) == "The likely finish is €4.22M against €4.20M."


def test_what_is_missing_is_said() -> None:
    """No target: no verdict; nothing to reckon with: what fills it; a quarter that is over: nothing to expect."""
    found = finish.read(CONTEXT, figures(815_000))
    cell = finish.figure(CONTEXT, found, None)
    assert (cell.verdict, cell.note) == ("", "€4.22M with open deals weighted; no target recorded")
    assert finish.read(CONTEXT, figures(None)) is None
    assert "fill this" in finish.figure(CONTEXT, None, None).note
    over = replace(CONTEXT, quarters=QUARTERS[:-1])
    assert finish.read(over, figures(815_000)) is None
    assert finish.figure(over, None, None).note == "Q2 is over"
