"""Deals as they are born and as they will end: when, where, for how much, won or lost. Their steps are in `path.py`."""

from dataclasses import dataclass

import numpy as np

from demo.clock import (
    BIRTH_DAY,
    DAY,
    FAR,
    HORIZON_DAY,
    HOUR,
    START_DAY,
    Bools,
    Floats,
    Ints,
    back_to_workday,
    forward_to_workday,
    month_of,
    office_hours,
    quarter_end,
    quarter_start,
    weekday,
)  # fmt: skip
from demo.people import Roster
from demo.words import COMPETITORS, LEAD_SOURCES, LOSS_REASONS, REGION_CURRENCY, USE_CASES

SEGMENT_SHARE = (0.48, 0.34, 0.18)
WIN_RATE = np.array([0.37, 0.31, 0.25])
WON_DAYS = np.array([38.0, 72.0, 112.0])
AMOUNT = np.array([17_000.0, 52_000.0, 128_000.0])
AMOUNT_SPREAD = np.array([0.5, 0.45, 0.4])
SOURCE_SHARE = np.array([0.2, 0.1, 0.1, 0.1, 0.12, 0.12, 0.1, 0.16])
SOURCE_ODDS = np.array([1.0, 0.95, 0.85, 0.75, 0.8, 1.5, 1.25, 0.85])
MONTH_WEIGHT = np.array([0.95, 1.0, 1.12, 1.0, 1.0, 0.95, 0.82, 0.78, 1.15, 1.15, 1.1, 0.85])
GROWTH = 0.14
DEEPEST_LOST = (0.16, 0.26, 0.25, 0.2, 0.1, 0.03)
CURRENCY_OF_REGION = np.array([("EUR", "GBP", "USD").index(code) for code in REGION_CURRENCY])
PRICE_LEVEL = np.array([1.0, 0.86, 1.1])
KEPT, SOFT, PURGED, HARD = range(4)


@dataclass
class Deals:
    """One value a deal, in order of creation. Moments in seconds, amounts in cents of the deal's currency."""

    created: Ints
    seat: Ints
    owner: Ints
    segment: Ints
    region: Ints
    currency: Ints
    source: Ints
    won: Bools
    deepest: Ints
    ended: Ints
    closed_day: Ints
    target: Floats
    deleted: Ints
    purged: Ints
    reopened: Ints
    ended_again: Ints
    won_again: Bools
    from_lead: Bools
    competitor: Ints
    loss_reason: Ints
    use_case: Ints
    existing_share: Floats

    def __len__(self) -> int:
        return len(self.created)


def deals(rng: np.random.Generator, roster: Roster, count: int) -> Deals:
    """`count` deals until the demo's start, and at the same pace those that come after."""
    created = _creations(rng, count)
    n = len(created)
    day = created // DAY
    segment = rng.choice(3, n, p=SEGMENT_SHARE)
    seat = _seats(rng, roster, segment, day)
    owner = roster.held_by(seat, day)
    region = roster.seat_region[seat]
    source = rng.choice(len(LEAD_SOURCES), n, p=SOURCE_SHARE)
    won = _outcomes(rng, roster, seat, segment, owner, source)
    deepest = np.where(won, 5, rng.choice(6, n, p=DEEPEST_LOST))
    closed_day = _closings(rng, day, segment, won, deepest)
    ended = office_hours(rng, closed_day)
    late = won & (rng.random(n) < 0.05)
    ended = np.where(late, office_hours(rng, forward_to_workday(closed_day + rng.integers(1, 5, n))), ended)
    ended = np.maximum(ended, created + 2 * HOUR)
    reopened, ended_again, won_again = _reopenings(rng, won, ended)
    deleted, purged = _deletions(rng, created, ended, won | (reopened < FAR))
    currency = CURRENCY_OF_REGION[region]
    spread = rng.normal(0, 1, n) * AMOUNT_SPREAD[segment]
    drift = 1 + 0.03 * (day - BIRTH_DAY) / 365
    target = AMOUNT[segment] * np.exp(spread) * drift * PRICE_LEVEL[currency] * np.where(won, 1.0, 1.03)
    return Deals(
        created, seat, owner, segment.astype(np.int64), region, currency, source.astype(np.int64), won, deepest, ended,
        closed_day, target, deleted, purged, reopened, ended_again, won_again,
        from_lead=(rng.random(n) < 0.55) & (source != 7),
        competitor=rng.choice(len(COMPETITORS), n, p=(0.44, 0.2, 0.16, 0.1, 0.08, 0.01, 0.01)),
        loss_reason=rng.choice(len(LOSS_REASONS), n, p=(0.24, 0.27, 0.19, 0.12, 0.12, 0.06)),
        use_case=rng.integers(0, len(USE_CASES), n),
        existing_share=rng.random(n),
    )  # fmt: skip


def creation_weights() -> Floats:
    """Weight of each day from BIRTH_DAY to HORIZON_DAY: season by month, growth by year, none at weekends."""
    days = np.arange(BIRTH_DAY, HORIZON_DAY)
    season = MONTH_WEIGHT[month_of(days) % 12]
    grown = (1 + GROWTH) ** ((days - BIRTH_DAY) / 365.25)
    return season * grown * (weekday(days) < 5)


def _creations(rng: np.random.Generator, count: int) -> Ints:
    """Creation moments in order; exactly `count` of them before the start."""
    weights = creation_weights()
    total = np.cumsum(weights)
    history = total[START_DAY - BIRTH_DAY - 1]
    n = int(count * total[-1] / history)
    positions = (np.arange(n) + rng.random(n)) / count * history
    days = BIRTH_DAY + np.searchsorted(total, np.minimum(positions, total[-1] * (1 - 1e-12)), side="right")
    return np.sort(office_hours(rng, days.astype(np.int64)))


def _seats(rng: np.random.Generator, roster: Roster, segment: Ints, day: Ints) -> Ints:
    """Deals go round the open seats of their segment evenly, by a low-discrepancy sequence."""
    seat = np.zeros(len(segment), dtype=np.int64)
    for part in range(3):
        of_part = np.flatnonzero(roster.seat_segment == part)
        of_part = of_part[np.argsort(roster.seat_open[of_part], kind="stable")]
        chosen = np.flatnonzero(segment == part)
        opened = np.searchsorted(roster.seat_open[of_part], day[chosen], side="right")
        turn = (np.arange(len(chosen)) * 0.6180339887498949 + rng.random()) % 1.0
        seat[chosen] = of_part[np.minimum((turn * opened).astype(np.int64), opened - 1)]
    return seat


def _outcomes(rng: np.random.Generator, roster: Roster, seat: Ints, segment: Ints, owner: Ints, source: Ints) -> Bools:
    """Won or lost, by segment, source and the owner's skill, spread evenly over each seat's deals."""
    skill = np.array([p.skill for p in roster.people])
    base = WIN_RATE[segment]
    odds = base / (1 - base) * SOURCE_ODDS[source] * skill[owner] ** 2
    chance = odds / (1 + odds)
    order = np.lexsort((np.arange(len(seat)) + rng.normal(0, 3 * len(roster.seat_open), len(seat)), seat))
    reached = np.floor(np.cumsum(chance[order]) + rng.random())
    won = np.zeros(len(seat), dtype=bool)
    won[order] = np.diff(reached, prepend=0.0) > 0
    return won


def _closings(rng: np.random.Generator, day: Ints, segment: Ints, won: Bools, deepest: Ints) -> Ints:
    """The day each deal closes: long-tailed cycles, won ones drawn to quarter ends, lost ones cleaned up after."""
    n = len(day)
    depth = np.where(won, 1.0, 0.3 + 0.14 * deepest)
    spread = np.where(won, 0.42, 0.65)
    days = WON_DAYS[segment] * depth * np.exp(rng.normal(0, 1, n) * spread)
    days *= np.where(~won & (rng.random(n) < 0.05), 2.6, 1.0)
    closed = day + np.maximum(2, np.round(days)).astype(np.int64)
    left = quarter_end(closed) - closed
    sprint = np.minimum(11, rng.exponential(3.2, n)).astype(np.int64)
    draw = rng.random(n)
    at_end = quarter_end(closed) - sprint
    closed = np.where(won & (left < 30) & (draw < 0.5), np.maximum(at_end, day + 2), closed)
    before = quarter_start(closed) - 1 - sprint
    closed = np.where(won & (left > 74) & (draw > 0.72) & (before > day + 14), before, closed)
    closed = np.where(~won & (left < 25) & (draw < 0.35), quarter_end(closed) + 1 + sprint, closed)
    settled = back_to_workday(closed)
    return np.where(settled > day, settled, forward_to_workday(closed))


def _reopenings(rng: np.random.Generator, won: Bools, ended: Ints) -> tuple[Ints, Ints, Bools]:
    """Some lost deals come back weeks later, a few won ones were booked too early; both end once more."""
    n = len(won)
    again = rng.random(n) < np.where(won, 0.006, 0.025)
    wait = np.where(won, rng.integers(1, 6, n), rng.integers(18, 90, n))
    reopened = office_hours(rng, forward_to_workday(ended // DAY + wait))
    rest = np.where(won, rng.integers(3, 20, n), 6 + (24 * np.exp(rng.normal(0, 0.6, n))).astype(np.int64))
    ended_again = office_hours(rng, forward_to_workday(reopened // DAY + rest))
    won_again = rng.random(n) < np.where(won, 0.75, 0.45)
    return np.where(again, reopened, FAR), np.where(again, ended_again, FAR), won_again


def _deletions(rng: np.random.Generator, created: Ints, ended: Ints, safe: Bools) -> tuple[Ints, Ints]:
    """(deleted, purged) moments; FAR for never.

    Soft deletions stay in the recycle bin, others are purged from it after 15 days, hard ones vanish at once.
    """
    n = len(created)
    kind = rng.choice(4, n, p=(0.965, 0.022, 0.008, 0.005))
    at = office_hours(rng, forward_to_workday(created // DAY + 1 + rng.exponential(18, n).astype(np.int64)))
    doomed = (kind != KEPT) & ~safe & (at < ended - DAY)
    deleted = np.where(doomed, at, FAR)
    purged = np.where(doomed & (kind == HARD), at, np.where(doomed & (kind == PURGED), at + 15 * DAY, FAR))
    return deleted, purged
