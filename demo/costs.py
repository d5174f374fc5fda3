"""What winning and serving customers costs the demo company, as its books say it: by month and kind, when they close.

Salaries follow the roster, media what the platforms charged in the end, events the campaigns, serving customers what
they pay again and again.
"""

from dataclasses import dataclass

import numpy as np

from demo.clock import BIRTH_DAY, DAY, FAR, HORIZON_DAY, HOUR, Ints, month_of, month_start
from demo.leads import Campaigns
from demo.people import AE, ENGINEER, MANAGER, SDR, SYSTEM, VP, Roster
from demo.rates import RATE_SCALE, rates_on
from demo.subscriptions import PERIODS, Subscriptions
from demo.traffic import PLATFORM_CURRENCY, Ads

LINES = ("salaries", "tools", "marketing staff", "media", "media refund", "events", "delivery", "platform")
SALARIES, TOOLS, STAFF, MEDIA, REFUND, EVENTS, DELIVERY, PLATFORM = range(len(LINES))
LINE_TYPE = np.array([0, 0, 1, 1, 1, 1, 2, 2])
"""Position in TYPES of each line."""
TYPES = ("sales", "marketing", "cost_of_revenue")
_EVENT_KINDS = (1, 2)
_PAY = {VP: 17_500, MANAGER: 11_600, AE: 8_300, SDR: 5_700, ENGINEER: 8_600, SYSTEM: 0}
"""Euro a month, with what the employer adds."""
_BOOKS_CLOSE = 5
_SERVING_PERCENT = np.array([34, 28, 23])


@dataclass
class Costs:
    """One value a cost; cents; `of` is what the line is split by: a manager (team), a platform or a segment (-1: none).

    `known` is the moment the month's books closed.
    """

    day: Ints
    line: Ints
    of: Ints
    cents: Ints
    currency: Ints
    known: Ints


def costs(rng: np.random.Generator, roster: Roster, deals: int, c: Campaigns, a: Ads, s: Subscriptions) -> Costs:
    """Every month's costs, in order."""
    months = np.arange(int(month_of(np.array([BIRTH_DAY]))[0]), int(month_of(np.array([HORIZON_DAY]))[0]))
    first = month_start(months)
    parts = [_payroll(roster, first), _tools(roster, first), _staff(rng, deals, first)]
    parts += _media(rng, a, months)
    parts.append(_events(c, months))
    parts += _serving(rng, s, first)
    day, line, of, cents, currency = (np.concatenate(column) for column in zip(*parts, strict=True))
    rows = np.flatnonzero(cents != 0)
    rows = rows[np.lexsort((of[rows], line[rows], day[rows]))]
    closed = (month_start(month_of(day[rows]) + 1) + _BOOKS_CLOSE) * DAY + 3 * HOUR
    return Costs(day[rows], line[rows], of[rows], cents[rows], currency[rows], closed)


Part = tuple[Ints, Ints, Ints, Ints, Ints]


def _part(day: Ints, line: int, of: Ints, cents: Ints, currency: Ints | None = None) -> Part:
    none = np.zeros(len(day), dtype=np.int64)
    return day, none + line, of.astype(np.int64), cents.astype(np.int64), none if currency is None else currency


def _headcount(roster: Roster, first: Ints) -> Ints:
    """People at work on each month's first day: (months, people)."""
    hire = np.array([p.hire for p in roster.people])
    leave = np.array([min(p.leave, FAR) for p in roster.people])
    at_work: Ints = ((hire <= first[:, None]) & (leave >= first[:, None])).astype(np.int64)
    return at_work


def _payroll(roster: Roster, first: Ints) -> Part:
    """By team: its manager stands for it; the head of sales is a team of one."""
    pay = np.array([_PAY[p.role] for p in roster.people]) * 100
    boss = np.array([p.manager if p.role in (AE, SDR, ENGINEER) else at for at, p in enumerate(roster.people)])
    managers = np.unique(boss[pay > 0])
    paid = _headcount(roster, first) * pay
    sums = np.stack([paid[:, boss == manager].sum(axis=1) for manager in managers], axis=1)
    return _part(np.repeat(first, len(managers)), SALARIES, np.tile(managers, len(first)), sums.ravel())


def _tools(roster: Roster, first: Ints) -> Part:
    heads = _headcount(roster, first).sum(axis=1)
    return _part(first, TOOLS, np.full(len(first), -1), heads * 18_950)


def _staff(rng: np.random.Generator, deals: int, first: Ints) -> Part:
    heads = np.maximum(1, round(2 * (deals / 2_000) ** 0.8))
    euros = heads * 6_100 + rng.integers(-400, 400, len(first))
    return _part(first, STAFF, np.full(len(first), -1), euros * 100)


def _media(rng: np.random.Generator, a: Ads, months: Ints) -> list[Part]:
    """What each platform charged; what it gives back of it weeks later, in the platform's currency."""
    out = []
    at = month_of(a.day) - months[0]
    for platform, currency in enumerate(PLATFORM_CURRENCY):
        own = a.platform == platform
        spent = np.bincount(at[own], a.cost[own], len(months)).astype(np.int64)
        of, money = np.full(len(months), platform), np.full(len(months), currency)
        back = -(spent * rng.integers(1, 4, len(months)) // 100) * (rng.random(len(months)) < 0.25)
        out.append(_part(month_start(months), MEDIA, of, spent, money))
        out.append(_part(month_start(months + 1), REFUND, of, back, money))
    return out


def _events(c: Campaigns, months: Ints) -> Part:
    """Fairs and webinars are paid in the month in which they begin."""
    rows = np.flatnonzero(np.isin(c.kind, _EVENT_KINDS))
    spent = np.bincount(month_of(c.start[rows]) - months[0], c.actual[rows], len(months)).astype(np.int64)
    return _part(month_start(months), EVENTS, np.full(len(months), -1), spent)


def _serving(rng: np.random.Generator, s: Subscriptions, first: Ints) -> list[Part]:
    """Support and spare parts by segment, a share of what runs on the month's first day, and one platform for all."""
    months = np.array([months for _, months, _ in PERIODS])[s.period]
    monthly = s.cents * rates_on(s.currency, s.start, HORIZON_DAY) // (RATE_SCALE * months)
    out, whole = [], np.zeros(len(first), dtype=np.int64)
    for segment, percent in enumerate(_SERVING_PERCENT):
        own = s.segment == segment
        standing = _standing(first, s.start[own], s.end[own], monthly[own])
        whole += standing
        cents = standing * (percent * 10 + rng.integers(-20, 21, len(first))) // 1000
        out.append(_part(first, DELIVERY, np.full(len(first), segment), cents))
    out.append(_part(first, PLATFORM, np.full(len(first), -1), whole * 4 // 100))
    return out


def _standing(first: Ints, start: Ints, end: Ints, monthly: Ints) -> Ints:
    """What runs on each of the days."""
    begun = np.bincount(np.searchsorted(first, start), monthly, len(first) + 1)
    ended = np.bincount(np.searchsorted(first, end), monthly, len(first) + 1)
    standing: Ints = np.cumsum(begun - ended)[: len(first)].astype(np.int64)
    return standing
