"""Generated books of a company: reps, deals, splits, quotas and plans, with what commission is hard about.

Every book is a source account of its own with the same ids, so that one build holds many and keeps them apart.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from attain.table import Table
from extract import templates

Row = dict[str, Any]

CURRENCY = "EUR"
FISCAL_START = 2
RATES = {"USD": Decimal("0.9"), "JPY": Decimal("0.0061"), "KWD": Decimal("2.95")}
STEPS, STEP = 80, Decimal(25)
FIRST_DAY = date(2025, 1, 1)
LAST_DAY = date(2026, 6, 30)
WON, LOST, OPEN = "Closed Won", "Closed Lost", "Prospecting"


@dataclass
class Book:
    """The rows of one source account, by template."""

    account: str
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def tables(self) -> Iterator[tuple[Table, list[Row]]]:
        """Each template with its rows."""
        by_name = {table.name: table for table in templates.TEMPLATES}
        for name, rows in self.rows.items():
            yield by_name[f"files__{name}"], rows


def rate_rows() -> list[Row]:
    """Plan rates to the company's currency, held since before the first deal."""
    return [
        {
            "from_currency": code,
            "to_currency": CURRENCY,
            "rate_type": "plan",
            "valid_from": date(2020, 1, 1),
            "rate": rate,
        }
        for code, rate in RATES.items()
    ]


def book(seed: int) -> Book:
    """A book of that seed: always the same."""
    dice = random.Random(seed)
    reps = [f"r{n}" for n in range(dice.randint(4, 8))]
    made = Book(f"book{seed}")
    made.rows["reps"] = [_rep(dice, rep) for rep in reps]
    made.rows["opportunities"] = [_deal(dice, f"d{n}", reps) for n in range(dice.randint(40, 80))]
    made.rows["opportunity_splits"] = [row for deal in made.rows["opportunities"] for row in _splits(dice, deal, reps)]
    made.rows["quotas"] = [row for rep in reps for row in _quotas(dice, rep)]
    made.rows["plans"] = [row for plan in ("p0", "p1") for row in _plan(dice, plan)]
    made.rows["plan_assignments"] = [row for rep in reps for row in _assignments(dice, rep)]
    return made


def ladder() -> Book:
    """Eighty reps of one quota and plan, each with one deal, every deal a step larger than the last."""
    names = [f"r{n:03}" for n in range(STEPS)]
    long_ago, may = date(2020, 1, 1), date(2026, 5, 1)
    tiers = ((1, "0", "0.5", "0.02"), (2, "0.5", "1", "0.05"), (3, "1", None, "0.1"))
    return Book("ladder", {
        "reps": [{"rep_id": name, "rep_name": name, "valid_from": long_ago} for name in names],
        "opportunities": [
            {"opportunity_id": name, "owner_id": name, "amount": STEP * (n + 1), "stage": WON, "close_date": may}
            for n, name in enumerate(names)
        ],
        "quotas": [
            {"rep_id": name, "measure": "bookings", "period_start": may, "period_type": "month", "quota_amount": Decimal(1000)}
            for name in names
        ],
        "plans": [
            {"plan_id": "p", "plan_name": "p", "component": "c", "rate_mode": "marginal", "measure_window": "month",
             "tier": tier, "attainment_from": Decimal(low), "attainment_to": high and Decimal(high), "rate": Decimal(rate),
             "effective_from": long_ago}
            for tier, low, high, rate in tiers
        ],
        "plan_assignments": [{"rep_id": name, "plan_id": "p", "effective_from": long_ago} for name in names],
    })  # fmt: skip


def _day(dice: random.Random) -> date:
    """Any day, month and year ends more often than chance would have it."""
    day = FIRST_DAY + timedelta(days=dice.randint(0, (LAST_DAY - FIRST_DAY).days))
    if dice.random() < 0.3:
        return day.replace(day=1)
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) if dice.random() < 0.2 else day


def _amount(dice: random.Random) -> Decimal:
    cents = dice.choice([dice.randint(1, 99), dice.randint(100, 1_000_000), 100_000, 5_000_000, dice.randint(1, 10**9)])
    return Decimal(cents) / 100 * dice.choice([1, 1, 1, 1, -1])


def _rep(dice: random.Random, rep: str) -> Row:
    hired = dice.choice([None, date(2020, 5, 4), _day(dice)])
    left = hired and dice.choice([None, None, hired + timedelta(days=dice.randint(0, 400))])
    return {
        "rep_id": rep, "rep_name": rep, "valid_from": date(1900, 1, 1), "hire_date": hired, "leave_date": left,
        "ramp_months": dice.choice([None, 0, 1, 4, 6]), "currency_code": dice.choice([None, CURRENCY, *RATES]),
    }  # fmt: skip


def _deal(dice: random.Random, deal: str, reps: list[str]) -> Row:
    close = _day(dice)
    return {
        "opportunity_id": deal, "owner_id": dice.choice([*reps, *reps, "nobody", None]), "close_date": close,
        "amount": dice.choice([_amount(dice), _amount(dice), _amount(dice), None]),
        "currency_code": dice.choice([None, CURRENCY, "USD"]), "stage": dice.choice([WON, WON, WON, LOST, OPEN]),
        "is_deleted": dice.random() < 0.05, "created_at": datetime(2024, 12, 1, 9, tzinfo=UTC),
        "updated_at": datetime(2026, 6, 30, 9, tzinfo=UTC),
    }  # fmt: skip


def _splits(dice: random.Random, deal: Row, reps: list[str]) -> Iterator[Row]:
    shapes: list[list[tuple[str, str]]] = [
        [], [], [("revenue", "60"), ("revenue", "40")], [("revenue", "33.33")] * 3, [("revenue", "33.333333333")] * 3,
        [("revenue", "25")], [("revenue", "100"), ("revenue", "50")], [("overlay", "50")], [("revenue", "0.01")],
        [("revenue", "100"), ("overlay", "100")], [("revenue", "0"), ("revenue", "100")],
    ]  # fmt: skip
    for number, (kind, percent) in enumerate(dice.choice(shapes)):
        yield {
            "split_id": f"{deal['opportunity_id']}-{number}", "opportunity_id": deal["opportunity_id"],
            "rep_id": dice.choice([*reps, *reps, "nobody"]), "split_type": kind, "split_percent": Decimal(percent),
            "is_deleted": dice.random() < 0.05,
        }  # fmt: skip


def _quotas(dice: random.Random, rep: str) -> Iterator[Row]:
    if dice.random() < 0.15:
        return
    by_quarter = dice.random() < 0.4
    for month in range(18):
        start = date(2025 + month // 12, month % 12 + 1, 1)
        kind = "quarter" if by_quarter and month % 3 == 0 else "month"
        if (by_quarter and kind == "month" and dice.random() < 0.8) or dice.random() < 0.05:
            continue
        amount = dice.choice([Decimal(0), Decimal(100), Decimal("33333.33"), Decimal(dice.randint(1, 10**7)) / 100])
        yield {
            "rep_id": rep, "measure": "bookings", "period_start": start, "period_type": kind, "quota_amount": amount,
            "currency_code": dice.choice([None, "USD"]),
        }  # fmt: skip


def _plan(dice: random.Random, plan: str) -> Iterator[Row]:
    """One or two components in one or two versions; the second may begin in the middle of a window."""
    for component in ("bookings", "bonus")[: dice.randint(1, 2)]:
        starts = [date(2024, 1, 1), *([_day(dice)] if dice.random() < 0.4 else [])]
        window = dice.choice(["month", "quarter", "year"])
        for start in starts:
            bounds = sorted(
                {Decimal(0), *(Decimal(dice.choice(["0.5", "1", "1.25", "2", "0.333333333"])) for _ in range(2))}
            )
            for number, bound in enumerate(bounds):
                above = bounds[number + 1] if number + 1 < len(bounds) else None
                yield {
                    "plan_id": plan, "plan_name": plan, "component": component, "rate_mode": "marginal",
                    "measure_window": window, "tier": number + 1, "attainment_from": bound, "attainment_to": above,
                    "rate": Decimal(dice.choice(["0", "0.05", "0.1", "0.0725", "0.123456789"])), "effective_from": start,
                }  # fmt: skip


def _assignments(dice: random.Random, rep: str) -> Iterator[Row]:
    for plan in ("p0", "p1"):
        if dice.random() < 0.25:
            continue
        start = dice.choice([date(2024, 1, 1), _day(dice)])
        ends = dice.choice([None, None, start + timedelta(days=dice.randint(1, 300))])
        yield {"rep_id": rep, "plan_id": plan, "effective_from": start, "effective_to": ends}
        if ends and dice.random() < 0.5:
            yield {"rep_id": rep, "plan_id": plan, "effective_from": ends + timedelta(days=40), "effective_to": None}
