"""What deals are worth: estimates, then product lines from the proposal on, discounts, and who shares the credit."""

from dataclasses import dataclass

import numpy as np

from demo.clock import FAR, Bools, Floats, Ints
from demo.deals import PRICE_LEVEL, Deals
from demo.path import AMOUNT, NO_AMOUNT, Events, events
from demo.people import AE, ENGINEER, Roster
from demo.words import PRODUCTS

_MAIN = np.array([0, 1, 2, 3, 4])
_SIDE = np.array([5, 6, 7, 8, 9, 10, 11])


@dataclass
class Lines:
    """Product lines. Prices are cents a unit; `unit_after` holds from `repriced` on (FAR: never)."""

    deal: Ints
    product: Ints
    quantity: Ints
    list_price: Ints
    unit: Ints
    unit_after: Ints
    since: Ints
    repriced: Ints


@dataclass
class Amounts:
    """The amount first given, the changes, and the lines behind them."""

    first: Ints
    events: list[Events]
    lines: Lines


def amounts(rng: np.random.Generator, d: Deals, entered: Ints) -> Amounts:
    """Estimates early on; lines decide from the proposal; a negotiated discount reprices them."""
    n = len(d)
    lined_at = np.where(entered[:, 3:] < FAR, entered[:, 3:], FAR).min(axis=1)
    lined = (lined_at < FAR) & (rng.random(n) < 0.9)
    talks = np.where((entered[:, 4] < FAR) & (entered[:, 4] > lined_at + 3600), entered[:, 4], FAR)
    talks = np.where(rng.random(n) < 0.7, talks, FAR)
    lines = _lines(rng, d, lined, lined_at, talks)
    proposed = _sums(lines.deal, lines.quantity * lines.unit, n)
    agreed = _sums(lines.deal, lines.quantity * lines.unit_after, n)
    worth = np.where(lined, agreed, _rounded(d.target))
    first = _rounded(worth / 100 * np.exp(rng.normal(0.04, 0.24, n)))
    first = np.where(rng.random(n) < 0.03, NO_AMOUNT, first)
    first = np.where(~lined & d.won & (first == NO_AMOUNT), worth, first)
    out = []
    survey = np.flatnonzero((entered[:, 2] < FAR) & (entered[:, 2] > d.created) & (rng.random(n) < 0.35))
    second = _rounded(worth[survey] / 100 * np.exp(rng.normal(0.02, 0.14, len(survey))))
    out.append(events(survey, entered[survey, 2], AMOUNT, second))
    rows = np.flatnonzero(lined)
    out.append(events(rows, lined_at[rows], AMOUNT, proposed[rows]))
    rows = np.flatnonzero(lined & (talks < FAR))
    out.append(events(rows, talks[rows], AMOUNT, agreed[rows]))
    rows = np.flatnonzero(~lined & d.won)
    out.append(events(rows, d.ended[rows] - 1800, AMOUNT, worth[rows]))
    rows = np.flatnonzero(~lined & d.won_again & (d.reopened < FAR))
    out.append(events(rows, d.ended_again[rows], AMOUNT, _rounded(worth[rows] / 100 * 0.93)))
    return Amounts(first, out, lines)


def _rounded(euros: Floats) -> Ints:
    """Guessed amounts are round: hundreds below 50,000, thousands above; in cents."""
    step = np.where(euros < 50_000, 100, 1_000)
    return (np.maximum(np.round(euros / step), 1) * step * 100).astype(np.int64)


def _sums(deal: Ints, cents: Ints, n: int) -> Ints:
    return np.bincount(deal, weights=cents.astype(np.float64), minlength=n).astype(np.int64)


def _lines(rng: np.random.Generator, d: Deals, lined: Bools, lined_at: Ints, talks: Ints) -> Lines:
    """One main product and up to three others; quantities so that the list total comes near the deal's worth."""
    rows = np.flatnonzero(lined)
    extra = rng.integers(0, 4, len(rows))
    deal = np.concatenate([rows, np.repeat(rows, extra)])
    main = np.arange(len(deal)) < len(rows)
    prices = np.array([price for *_, price in PRODUCTS])
    product = np.where(main, rng.choice(_MAIN, len(deal)), rng.choice(_SIDE, len(deal)))
    small = main & (d.segment[deal] == 0)
    product = np.where(small, rng.choice(_MAIN[:2], len(deal)), product)
    price = np.round(prices[product] * PRICE_LEVEL[d.currency[deal]]).astype(np.int64)
    first_cut = np.round(np.maximum(0, rng.normal(0.045, 0.04, len(d))), 3)[deal]
    second_cut = np.round(np.maximum(0, rng.gamma(1.6, 0.045, len(d))), 3)[deal]
    share = np.where(main, 0.72, 0.28 / np.maximum(1, np.bincount(deal, minlength=len(d))[deal] - 1))
    share = np.where(np.bincount(deal, minlength=len(d))[deal] == 1, 1.0, share)
    wanted = d.target[deal] * 1.1 * share / price
    quantity = np.maximum(1, np.round(wanted)).astype(np.int64)
    list_price = price * 100
    unit = np.round(price * (1 - first_cut) * 100).astype(np.int64)
    unit_after = np.round(price * (1 - np.minimum(0.4, first_cut + second_cut)) * 100).astype(np.int64)
    repriced = np.where(unit_after != unit, talks[deal], FAR)
    unit_after = np.where(repriced < FAR, unit_after, unit)
    order = np.argsort(deal, kind="stable")
    return Lines(
        deal[order], product[order], quantity[order], list_price[order], unit[order], unit_after[order],
        lined_at[deal][order], repriced[order],
    )  # fmt: skip


@dataclass
class Splits:
    """Shares of won deals: `overlay` ones come on top; `percent` of the others add up to 100 a deal."""

    deal: Ints
    person: Ints
    percent: Ints
    overlay: Bools
    since: Ints


def splits(rng: np.random.Generator, d: Deals, roster: Roster, owner_at_end: Ints) -> Splits:
    """One won deal in eight is shared among account executives of a segment; some credit a sales engineer on top."""
    won = d.won & (d.reopened == FAR) & (d.deleted == FAR)
    share = np.flatnonzero(won & (rng.random(len(d)) < 0.12))
    day = d.ended[share] // 86_400
    reps = np.array([p.role == AE for p in roster.people])
    other = np.full(len(share), -1, dtype=np.int64)
    for part in range(3):
        members = np.flatnonzero(roster.seat_segment == part)
        rows = np.flatnonzero(d.segment[share] == part)
        other[rows] = roster.held_by(members[rng.integers(0, len(members), len(rows))], day[rows])
    keep = (other != owner_at_end[share]) & reps[np.maximum(other, 0)]
    share, other = share[keep], other[keep]
    own = rng.choice(np.array([50, 60, 70, 80]), len(share), p=(0.25, 0.4, 0.25, 0.1))
    engineers = roster.of_role(ENGINEER)
    helped = np.flatnonzero(won & (rng.random(len(d)) < 0.06))
    helper = engineers[rng.integers(0, len(engineers), len(helped))]
    deal = np.concatenate([share, share, helped])
    person = np.concatenate([owner_at_end[share], other, helper])
    percent = np.concatenate([own, 100 - own, np.full(len(helped), 100)])
    overlay = np.concatenate([np.zeros(2 * len(share), bool), np.ones(len(helped), bool)])
    order = np.argsort(deal, kind="stable")
    deal = deal[order]
    return Splits(deal, person[order], percent[order], overlay[order], d.ended[deal])
