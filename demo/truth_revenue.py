"""What the company knows of its recurring revenue, its costs and its anonymous visitors, worked out a second time.

In whole millionths of a euro, then rounded half up to the cent where the product's documentation says so.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import numpy as np

from demo.clock import DAY, Ints, as_date, month_of, month_start
from demo.company import Life
from demo.costs import LINE_TYPE, TYPES
from demo.rates import rates_on
from demo.subscriptions import PERIODS, known
from demo.traffic import CHANNELS, PLATFORM_CURRENCY, as_told, told_until

Balance = dict[str, Decimal]
REVENUE = ("opening", "new", "expansion", "contraction", "churn", "reactivation", "closing")
CANONICAL = ("paid_search", "paid_social", "organic", "direct", "email", "referral")
"""What the mappings call each of `traffic.CHANNELS`."""
_MICRO, _CENT = Decimal(1_000_000), 10_000


def revenue(life: Life, clock: int, today: int) -> dict[date, Balance]:
    """Month -> opening, the movements (none of them negative), closing; over all customers. `today` is the company's day."""
    s = life.subscriptions
    rows, end = known(s, clock)
    worth = _half_up(s.cents[rows] * rates_on(s.currency[rows], s.start[rows], clock // DAY), _months(s.period[rows]))
    customers, who = np.unique(s.account[rows], return_inverse=True)
    first, last = int(month_of(s.start[rows]).min()), int(month_of(np.array([today]))[0])
    standing = np.zeros((len(customers), last - first + 2), dtype=np.int64)
    begun, ended = s.start[rows] <= today, end <= today
    np.add.at(standing, (who[begun], month_of(s.start[rows][begun]) - first + 1), worth[begun])
    np.add.at(standing, (who[ended], month_of(end[ended]) - first + 1), -worth[ended])
    cents = _half_up(np.cumsum(standing, axis=1), np.array(_CENT))
    return {
        as_date(int(month_start(np.array([first + at]))[0])): _moved(cents[:, at], cents[:, at + 1], cents[:, : at + 1])
        for at in range(last - first + 1)
    }


def _moved(before: Ints, after: Ints, past: Ints) -> Balance:
    paid_before = past.max(axis=1) > 0
    up, down = after > before, after < before
    fresh = up & (before == 0)
    sums = {
        "opening": before,
        "new": np.where(fresh & ~paid_before, after, 0),
        "expansion": np.where(up & ~fresh, after - before, 0),
        "contraction": np.where(down & (after > 0), before - after, 0),
        "churn": np.where(down & (after == 0), before, 0),
        "reactivation": np.where(fresh & paid_before, after, 0),
        "closing": after,
    }
    return {name: Decimal(int(values.sum())) / 100 for name, values in sums.items()}


def _months(period: Ints) -> Ints:
    return np.array([months for _, months, _ in PERIODS])[period]


def _half_up(value: Ints, by: Ints) -> Ints:
    """Nothing here is negative."""
    return (2 * value + by) // (2 * by)


Traffic = dict[tuple[date, str], dict[str, Decimal | None]]


def traffic(life: Life, clock: int) -> Traffic:
    """(day, channel) -> impressions, clicks, cost in euro, sessions, page views as reported so far; None: not known."""
    a, v, last = life.ads, life.visits, told_until(clock)
    out: Traffic = {}

    def add(day: Ints, channel: Ints, figures: dict[str, Ints], number: Callable[[str, int], Decimal]) -> None:
        for at in np.flatnonzero(day < last):
            key = (as_date(int(day[at])), CANONICAL[channel[at]])
            row = out.setdefault(key, dict.fromkeys(("impressions", "clicks", "cost", "sessions", "page_views")))
            for name, values in figures.items():
                row[name] = (row[name] or Decimal(0)) + number(name, int(values[at]))

    told = {name: as_told(getattr(a, name), a.day, clock) for name in ("impressions", "clicks", "cost")}
    told["cost"] = told["cost"] * rates_on(PLATFORM_CURRENCY[a.platform], a.day, clock // DAY)
    add(a.day, a.platform, told, lambda name, n: Decimal(n) / _MICRO if name == "cost" else Decimal(n))
    add(v.day, v.channel, {"sessions": v.sessions, "page_views": v.pages}, lambda _, n: Decimal(n))
    assert len(CHANNELS) == len(CANONICAL)
    return out


def costs(life: Life, clock: int) -> dict[tuple[date, str], Decimal]:
    """(month, cost type) -> euro, of the months whose books are closed."""
    c = life.costs
    micro = c.cents * rates_on(c.currency, c.day, clock // DAY)
    out: dict[tuple[date, str], Decimal] = {}
    for at in np.flatnonzero(c.known <= clock):
        key = (as_date(int(c.day[at])), TYPES[LINE_TYPE[c.line[at]]])
        out[key] = out.get(key, Decimal(0)) + Decimal(int(micro[at])) / _MICRO
    return out
