"""Events of many subjects become one history: for each deal and moment the whole state after the change.

A row of `Changes` is a version of the deal's header; `since` and `until` bound it, so that "now" is a cut at the clock.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo.clock import FAR, HORIZON, Bools, Ints
from demo.path import AMOUNT, CLOSE, DELETED, FORECAST, OWNER, PROBABILITY, STAGE, Events
from demo.words import STAGE_FORECAST, STAGE_PROBABILITY

Codes = npt.NDArray[np.int8]
CREATED_ROW, STAGE_ROW, AMOUNT_ROW, CLOSE_ROW, OWNER_ROW = range(5)


@dataclass
class First:
    """What a deal is at its creation, one value a deal."""

    created: Ints
    stage: Ints
    amount: Ints
    close: Ints
    owner: Ints
    deleted: Ints


@dataclass
class Changes:
    """Versions of deals, ordered by deal and moment. `previous` is the row before of the same deal, -1 at creation."""

    deal: Ints
    since: Ints
    until: Ints
    previous: Ints
    stage: Ints
    amount: Ints
    close: Ints
    owner: Ints
    forecast: Ints
    probability: Ints
    deleted: Bools
    tracked: Bools
    """True where OpportunityHistory has a row: stage, amount, close date, probability or forecast changed."""


def changes(first: First, parts: list[Events]) -> Changes:
    """Sort all events, fill each field forward, keep one row a deal and moment."""
    n = len(first.created)
    deal = np.concatenate([np.arange(n)] + [part.deal for part in parts])
    at = np.concatenate([first.created] + [part.at for part in parts])
    field = np.concatenate([np.full(n, -1, dtype=np.int8)] + [part.field.astype(np.int8) for part in parts])
    value = np.concatenate([np.zeros(n, dtype=np.int64)] + [part.value for part in parts])
    gone = np.minimum(first.deleted, HORIZON)[deal]
    keep = (at <= gone) & (at < HORIZON) & ((field < 0) | (at > first.created[deal]))
    deal, at, field, value = deal[keep], at[keep], field[keep], value[keep]
    base = int(first.created.min())
    key = (deal << 28) | (at - base)
    order = np.argsort(key, kind="stable")
    key, deal, at, field, value = key[order], deal[order], at[order], field[order], value[order]
    starts = np.flatnonzero(np.diff(deal, prepend=-1) != 0)
    begin = np.repeat(starts, np.diff(np.append(starts, len(deal))))
    last = np.flatnonzero(np.diff(key, append=-1) != 0)
    filled = _Filler(field, value, begin, last)
    deal, at = deal[last], at[last]
    stage, staged = filled.of(STAGE, first.stage[deal])
    forecast, forecast_at = filled.of(FORECAST, np.zeros(len(deal), np.int64))
    probability, probability_at = filled.of(PROBABILITY, np.zeros(len(deal), np.int64))
    forecast = np.where(forecast_at > staged, forecast, np.array(STAGE_FORECAST)[stage])
    probability = np.where(probability_at > staged, probability, np.array(STAGE_PROBABILITY)[stage])
    amount = filled.of(AMOUNT, first.amount[deal])[0]
    close = filled.of(CLOSE, first.close[deal])[0]
    owner = filled.of(OWNER, first.owner[deal])[0]
    deleted = filled.of(DELETED, np.zeros(len(deal), np.int64))[0]
    states = (stage, amount, close, owner, forecast, probability, deleted)
    return _without_echoes(deal, at, states)


class _Filler:
    """Carries a field's last value forward inside each deal."""

    def __init__(self, field: Codes, value: Ints, begin: Ints, last: Ints) -> None:
        self.field, self.value, self.begin, self.last = field, value, begin, last

    def of(self, field: int, default: Ints) -> tuple[Ints, Ints]:
        """(value, position of the event that set it) at each kept row; the default, -1 where nothing has."""
        at = np.where(self.field == field, np.arange(len(self.field)), -1)
        at = np.maximum.accumulate(at)[self.last]
        known = at >= self.begin[self.last]
        return np.where(known, self.value[at], default), np.where(known, at, -1)


def _without_echoes(deal: Ints, at: Ints, states: tuple[Ints, ...]) -> Changes:
    """Drop rows that changed nothing; link each row to the one before and after."""
    born = np.diff(deal, prepend=-1) != 0
    differs = born.copy()
    for state in states:
        differs |= np.diff(state.astype(np.int64), prepend=-(1 << 60)) != 0
    keep = np.flatnonzero(differs)
    deal, at, born = deal[keep], at[keep], born[keep]
    stage, amount, close, owner, forecast, probability, deleted = (state[keep] for state in states)
    tracked = born.copy()
    for state in (stage, amount, close, forecast, probability):
        tracked |= np.diff(state, prepend=-(1 << 60)) != 0
    rows = np.arange(len(deal))
    until = np.where(np.append(born[1:], True), FAR, np.append(at[1:], FAR))
    previous = np.where(born, -1, rows - 1)
    return Changes(
        deal, at, until, previous, stage, amount, close, owner, forecast, probability, deleted.astype(bool), tracked
    )


def field_rows(c: Changes) -> tuple[Ints, Ints]:
    """(row of Changes, what) for OpportunityFieldHistory; an owner change gives two rows (names, then ids)."""
    rows, kinds = [np.flatnonzero(c.previous < 0)], [CREATED_ROW]
    before = np.maximum(c.previous, 0)
    for kind, state in ((STAGE_ROW, c.stage), (AMOUNT_ROW, c.amount), (CLOSE_ROW, c.close), (OWNER_ROW, c.owner)):
        changed = np.flatnonzero((c.previous >= 0) & (state != state[before]))
        rows.append(changed)
        kinds.append(kind)
    rows.append(rows[-1])
    kinds.append(OWNER_ROW + 1)
    row = np.concatenate(rows)
    what = np.concatenate([np.full(len(part), k, dtype=np.int64) for part, k in zip(rows, kinds, strict=True)])
    order = np.argsort(row * 8 + what, kind="stable")
    return row[order], what[order]
