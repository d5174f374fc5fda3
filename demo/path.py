"""What happens to a deal between birth and end, as events (deal, moment, field, value), one subject after the other.

Each subject is drawn apart: stages, close dates, amounts, owners, forecasts, deletion. `history.py` sorts them together.
"""

from dataclasses import dataclass

import numpy as np

from demo.clock import (
    BIRTH_DAY,
    DAY,
    FAR,
    Bools,
    Floats,
    Ints,
    forward_to_workday,
    month_end,
    office_hours,
    quarter_end,
    weekday,
)  # fmt: skip
from demo.deals import WON_DAYS, Deals
from demo.people import Roster
from demo.words import LOST, STAGE_PROBABILITY, WON

STAGE, AMOUNT, CLOSE, OWNER, FORECAST, PROBABILITY, DELETED = range(7)
NO_AMOUNT = -1
_WEIGHT = np.array([0.9, 1.2, 1.4, 1.6, 1.2, 0.6])
_SKIP = np.array([0.0, 0.1, 0.14, 0.03, 0.18, 0.25])


@dataclass
class Events:
    """Field changes in no order; `value` is a stage, cents, a day, a person, a forecast, a percentage or 1."""

    deal: Ints
    at: Ints
    field: Ints
    value: Ints


def events(deal: Ints, at: Ints, field: int, value: Ints) -> Events:
    return Events(deal, at, np.full(len(deal), field, dtype=np.int64), value.astype(np.int64))


@dataclass
class Stages:
    """`entered[deal, stage]` of the six open stages, FAR where never entered; `first` is the stage at creation."""

    entered: Ints
    first: Ints
    events: list[Events]


def stages(rng: np.random.Generator, d: Deals) -> Stages:
    """Forward moves with skips, some steps back, the closing, and the second life of reopened deals."""
    n = len(d)
    first = np.where(rng.random(n) < np.where(d.from_lead, 0.35, 0.15), 1, 0)
    first = np.minimum(first, d.deepest)
    column = np.arange(6)
    visited = (column >= first[:, None]) & (column <= d.deepest[:, None]) & (rng.random((n, 6)) >= _SKIP)
    visited[np.arange(n), first] = True
    visited[np.arange(n), d.deepest] |= ~d.won
    visited[:, 3] |= d.won
    stay = rng.gamma(2.0, 1.0, (n, 6)) * _WEIGHT * visited
    stay /= stay.sum(axis=1, keepdims=True)
    begin = np.cumsum(stay, axis=1) - stay
    entered = _at_work(rng, d, begin)
    row, stage = np.nonzero(visited & (column > first[:, None]))
    out = [events(row, entered[row, stage], STAGE, stage)]
    entered = np.where(visited, entered, FAR)
    out += _steps_back(rng, d, entered, visited, first)
    everyone = np.arange(n)
    out.append(events(everyone, d.ended, STAGE, np.where(d.won, WON, LOST)))
    again = np.flatnonzero(d.reopened < FAR)
    back_to = np.where(d.won[again], 5, np.minimum(d.deepest[again], 1 + rng.integers(0, 3, len(again))))
    out.append(events(again, d.reopened[again], STAGE, back_to))
    out.append(events(again, d.ended_again[again], STAGE, np.where(d.won_again[again], WON, LOST)))
    return Stages(entered, first, out)


def _at_work(rng: np.random.Generator, d: Deals, begin: Floats) -> Ints:
    """Stage entries in office hours, in order, after the creation and before the end."""
    span = (d.ended - d.created)[:, None]
    at = d.created[:, None] + (begin * span).astype(np.int64)
    day = at // DAY
    over = weekday(day) - 4
    at = np.where(over > 0, (day + 3 - over) * DAY, day * DAY) + rng.integers(7 * 3600, 17 * 3600, at.shape)
    at[:, 0] = d.created
    for stage in range(1, 6):
        at[:, stage] = np.maximum(at[:, stage], at[:, stage - 1] + 61)
    for stage in range(6):
        at[:, stage] = np.minimum(at[:, stage], d.ended - (7 - stage) * 61)
    settled: Ints = np.maximum(at, d.created[:, None] + np.arange(6))
    return settled


def _steps_back(rng: np.random.Generator, d: Deals, entered: Ints, visited: Bools, first: Ints) -> list[Events]:
    """One in ten deals falls back a stage for a while and comes forward again."""
    n = len(d)
    stage = np.minimum(d.deepest, 1 + rng.integers(0, 5, n))
    rows = np.flatnonzero((rng.random(n) < 0.12) & (stage > first) & visited[np.arange(n), stage])
    stage = stage[rows]
    later = np.concatenate([entered, d.ended[:, None]], axis=1)[rows]
    until = np.where(np.arange(7) > stage[:, None], later, FAR).min(axis=1)
    start = entered[rows, stage]
    room = until - start > 3 * DAY
    rows, stage, start, until = rows[room], stage[room], start[room], until[room]
    away = start + ((until - start) * 0.3).astype(np.int64)
    back = start + ((until - start) * 0.65).astype(np.int64)
    return [events(rows, away, STAGE, stage - 1), events(rows, back, STAGE, stage)]


def close_dates(rng: np.random.Generator, d: Deals, entered: Ints) -> tuple[Ints, list[Events]]:
    """The close date first given, and each push when it passes, until the deal really closes."""
    n = len(d)
    day = d.created // DAY
    guess = day + np.maximum(7, WON_DAYS[d.segment] * np.exp(rng.normal(-0.18, 0.33, n))).astype(np.int64)
    first = _rounded(rng, guess)
    due, last = first.copy(), d.created.copy()
    out: list[Events] = []
    for _ in range(9):
        moved = office_hours(rng, forward_to_workday(due + rng.integers(-4, 4, n)))
        rows = np.flatnonzero((moved < d.ended - DAY) & (due < d.closed_day))
        if not len(rows):
            break
        at = np.maximum(moved[rows], last[rows] + 3 * 3600)
        step = rng.choice(np.array([14, 30, 45, 75]), len(rows), p=(0.25, 0.4, 0.2, 0.15))
        new = _rounded(rng, np.maximum(due[rows], at // DAY) + step)
        keep = at < d.ended[rows] - 3600
        rows, at, new = rows[keep], at[keep], new[keep]
        out.append(events(rows, at, CLOSE, new))
        due[rows], last[rows] = new, at
    sure = np.flatnonzero(d.won & (entered[:, 5] < FAR) & (rng.random(n) < 0.5))
    late = entered[sure, 5] > last[sure]
    sure = sure[late]
    out.append(events(sure, entered[sure, 5], CLOSE, d.closed_day[sure] + rng.integers(0, 5, len(sure))))
    out.append(events(np.arange(n), d.ended, CLOSE, d.closed_day))
    again = np.flatnonzero(d.reopened < FAR)
    out.append(events(again, d.reopened[again], CLOSE, month_end(d.reopened[again] // DAY + 25)))
    out.append(events(again, d.ended_again[again], CLOSE, d.ended_again[again] // DAY))
    return first, out


def _rounded(rng: np.random.Generator, days: Ints) -> Ints:
    """People write ends of months and quarters as often as real dates."""
    draw = rng.random(len(days))
    return np.where(draw < 0.4, month_end(days), np.where(draw < 0.62, quarter_end(days), forward_to_workday(days)))


def owners(rng: np.random.Generator, d: Deals, roster: Roster) -> list[Events]:
    """A deal goes with its seat when the holder changes, and now and then to another seat."""
    n = len(d)
    end = np.where(d.ended_again < FAR, d.ended_again, d.ended)
    loose = np.flatnonzero((rng.random(n) < 0.02) & (end - d.created > 12 * DAY))
    half = d.created[loose] + ((end[loose] - d.created[loose]) * rng.uniform(0.2, 0.8, len(loose))).astype(np.int64)
    moved = np.full(n, FAR, dtype=np.int64)
    moved[loose] = office_hours(rng, forward_to_workday(half // DAY))
    other = d.seat.copy()
    for part in range(3):
        members = np.flatnonzero((roster.seat_segment == part) & (roster.seat_open < 1 + roster.seat_open.min()))
        rows = loose[d.segment[loose] == part]
        other[rows] = members[rng.integers(0, len(members), len(rows))]
    out = [events(loose, moved[loose], OWNER, roster.held_by(other[loose], moved[loose] // DAY))]
    out += handovers(rng, roster, np.arange(n), d.seat, d.created, np.minimum(moved, end))
    out += handovers(rng, roster, loose, other[loose], moved[loose], end[loose])
    return [part for part in out if len(part.deal)]


def handovers(rng: np.random.Generator, roster: Roster, deal: Ints, seat: Ints, start: Ints, end: Ints) -> list[Events]:
    """Owner changes of deals that sit in a seat from `start` to `end`, at the seat's own changes."""
    seats, days = np.nonzero(np.diff(roster.holder, axis=1))
    order = np.argsort(seat, kind="stable")
    bounds = np.searchsorted(seat[order], np.arange(len(roster.holder) + 1))
    rows, at, who = [], [], []
    for changed, day in zip(seats, days + 1, strict=True):
        own = order[bounds[changed] : bounds[changed + 1]]
        morning = (day + BIRTH_DAY) * DAY
        hit = own[(start[own] < morning) & (end[own] > morning + DAY)]
        rows.append(hit)
        at.append(morning + 7 * 3600 + rng.integers(0, 2 * 3600, len(hit)))
        who.append(np.full(len(hit), roster.holder[changed, day], dtype=np.int64))
    if not rows:
        return []
    hit = np.concatenate(rows)
    return [events(deal[hit], np.concatenate(at), OWNER, np.concatenate(who))]


def judgements(rng: np.random.Generator, d: Deals, entered: Ints) -> list[Events]:
    """Forecasts and probabilities that a rep sets by hand; they hold until the next stage."""
    out = []
    for stage, share, forecast in ((3, 0.06, 3), (4, 0.2, 3), (4, 0.05, 1), (2, 0.03, 0)):
        rows = np.flatnonzero((entered[:, stage] < FAR) & (rng.random(len(d)) < share))
        out.append(events(rows, entered[rows, stage] + 7_000, FORECAST, np.full(len(rows), forecast)))
    rows = np.flatnonzero((entered[:, 3] < FAR) & (rng.random(len(d)) < 0.04))
    off = np.clip(STAGE_PROBABILITY[3] + rng.choice(np.array([-15, -10, 5, 10, 20]), len(rows)), 5, 95)
    out.append(events(rows, entered[rows, 3] + 9_000, PROBABILITY, off))
    for part in out:
        keep = part.at < d.ended[part.deal]
        part.deal, part.at, part.field, part.value = (
            part.deal[keep], part.at[keep], part.field[keep], part.value[keep],
        )  # fmt: skip
    return out
