"""What customers pay again and again: fleet licences and care plans that begin with a won deal and then live on.

A subscription runs for some years or ends; what follows is a larger one, a smaller one, nothing, or a return after a
while. As the billing system keeps them, every change of quantity or price is a subscription of its own.
"""

from dataclasses import dataclass

import numpy as np

from demo.clock import DAY, FAR, HORIZON_DAY, HOUR, Bools, Ints
from demo.deals import PRICE_LEVEL, Deals

SERVED = np.array([0.45, 0.7, 0.9])
"""Share of won deals that bring a subscription, by segment."""
UNIT_MONTH = np.array([4_900, 2_350])
"""Cents a robot and month in euro, licence and care plan."""
PERIODS = (("month", 1, 100), ("quarter", 3, 97), ("year", 12, 90))
"""(name, months, percent of the monthly price)."""
RENEWAL_DAYS = 365
GROW, SHRINK, LEAVE, PAUSE = range(4)


@dataclass
class Subscriptions:
    """One value a subscription, in the order they were signed. Days, moments, cents of the currency a billing period.

    `end` is the first day without service (FAR: none); it is known from `cancelled` on.
    """

    account: Ints
    segment: Ints
    product: Ints
    quantity: Ints
    cents: Ints
    period: Ints
    currency: Ints
    start: Ints
    end: Ints
    signed: Ints
    cancelled: Ints


@dataclass
class _Open:
    """Chains that go on: the deal each began with, and its next subscription."""

    deal: Ints
    product: Ints
    period: Ints
    quantity: Ints
    start: Ints
    signed: Ints

    def where(self, mask: Bools) -> "_Open":
        return _Open(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))


def subscriptions(rng: np.random.Generator, d: Deals, account_of: Ints) -> Subscriptions:
    """The subscriptions of won deals that stayed won, link by link."""
    sure = d.won & (d.reopened == FAR) & (d.deleted == FAR)
    deal = np.flatnonzero(sure & (rng.random(len(d)) < SERVED[d.segment]))
    n = len(deal)
    robots = np.maximum(1, np.round(d.target[deal] / 19_000 * np.exp(rng.normal(0, 0.4, n)))).astype(np.int64)
    chains = _Open(
        deal, rng.choice(2, n, p=(0.65, 0.35)), rng.choice(3, n, p=(0.5, 0.2, 0.3)), robots,
        d.ended[deal] // DAY + rng.integers(5, 36, n), d.ended[deal],
    )  # fmt: skip
    links = []
    while len(chains.deal):
        link, chains = _link(rng, d, account_of, chains)
        links.append(link)
    columns = {name: np.concatenate([getattr(link, name) for link in links]) for name in links[0].__dataclass_fields__}
    order = np.argsort(columns["signed"], kind="stable")
    return Subscriptions(**{name: column[order] for name, column in columns.items()})


def _link(rng: np.random.Generator, d: Deals, account_of: Ints, now: _Open) -> tuple[Subscriptions, _Open]:
    """The next subscription of each chain, and the chains that go on after it."""
    n = len(now.deal)
    monthly = rng.random(n) < 0.3
    length = np.where(monthly, 30 * rng.integers(5, 31, n), RENEWAL_DAYS * rng.geometric(0.45, n))
    end = now.start + length
    noticed = np.maximum(end - rng.integers(10, 61, n), now.start + 1) * DAY + 9 * HOUR
    ends = end < HORIZON_DAY + 365
    currency = d.currency[now.deal]
    unit = np.round(UNIT_MONTH[now.product] * PRICE_LEVEL[currency]).astype(np.int64)
    months = np.array([months for _, months, _ in PERIODS])[now.period]
    percent = np.array([percent for *_, percent in PERIODS])[now.period]
    free = rng.random(n) < 0.015
    cents = np.where(free, 0, now.quantity * unit * months * percent // 100)
    link = Subscriptions(
        account_of[now.deal], d.segment[now.deal], now.product, now.quantity, cents, now.period, currency, now.start,
        np.where(ends, end, FAR), now.signed, np.where(ends, noticed, FAR),
    )  # fmt: skip
    what = rng.choice(4, n, p=(0.44, 0.18, 0.22, 0.16))
    factor = np.where(what == GROW, rng.uniform(1.1, 1.9, n), np.where(what == SHRINK, rng.uniform(0.4, 0.85, n), 1.0))
    quantity = np.round(now.quantity * factor).astype(np.int64)
    quantity = np.where(what == GROW, np.maximum(quantity, now.quantity + 1), np.maximum(quantity, 1))
    product = np.where((what == SHRINK) & (quantity == now.quantity), 1, now.product)
    start = end + np.where(what == PAUSE, rng.integers(40, 260, n), 0)
    signed = np.where(what == PAUSE, (start - 4) * DAY + 10 * HOUR, noticed)
    after = _Open(now.deal, product, now.period, quantity, start, signed)
    return link, after.where((what != LEAVE) & (start < HORIZON_DAY + 60))


def known(s: Subscriptions, clock: int) -> tuple[Ints, Ints]:
    """Positions of the subscriptions signed by a moment, and their end as it is known then."""
    rows = np.flatnonzero(s.signed <= clock)
    return rows, np.where(s.cancelled[rows] <= clock, s.end[rows], FAR)
