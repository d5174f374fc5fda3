"""Those whom nobody knows by name: what was shown and clicked on two platforms, and visits of the web site, by day.

A platform's last days are not final: doubtful clicks are taken out, and not charged, within a week.
"""

from dataclasses import dataclass

import numpy as np

from demo.clock import BIRTH_DAY, DAY, HORIZON_DAY, HOUR, START_DAY, Floats, Ints, weekday
from demo.deals import creation_weights
from demo.leads import Campaigns
from demo.words import CURRENCIES

PLATFORMS = ("Google Ads", "LinkedIn Ads")
PLATFORM_CURRENCY = np.array([CURRENCIES.index("EUR"), CURRENCIES.index("USD")])
CHANNELS = (*PLATFORMS, "Organic Search", "Direct", "Email", "Referral")
_KIND = (3, 4)
_CLICK_CENTS = np.array([260.0, 690.0])
_CLICK_RATE = np.array([0.031, 0.0062])
_ARRIVES = (0.87, 0.8)
"""Clicks that become a visit, by platform."""
_DAILY = (95.0, 48.0, 14.0, 11.0)
"""Visits of a working day at 2,000 deals, of the channels that cost nothing."""
DOUBTFUL_DAYS, DOUBTFUL_PERCENT = 7, 9
REPORTED_AT = 4 * HOUR


@dataclass
class Ads:
    """One value a day and platform, in order; final figures, cents of the platform's currency."""

    day: Ints
    platform: Ints
    campaign: Ints
    impressions: Ints
    clicks: Ints
    cost: Ints


@dataclass
class Visits:
    """One value a day and channel, in order."""

    day: Ints
    channel: Ints
    sessions: Ints
    visitors: Ints
    fresh: Ints
    pages: Ints


def ads(rng: np.random.Generator, c: Campaigns) -> Ads:
    """Each quarter's campaign of a platform spends what it came to, day by day, less at weekends."""
    parts = [_campaign_days(rng, c, platform, int(at)) for platform, kind in enumerate(_KIND) for at in np.flatnonzero(c.kind == kind)]  # fmt: skip
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Ads(*(column[order] for column in columns))


def _campaign_days(rng: np.random.Generator, c: Campaigns, platform: int, at: int) -> tuple[Ints, ...]:
    day = np.arange(c.start[at], min(c.end[at] + 1, HORIZON_DAY))
    weight = np.where(weekday(day) < 5, 1.0, 0.4) * np.exp(rng.normal(0, 0.18, len(day)))
    cost = (c.actual[at] * weight / weight.sum()).astype(np.int64)
    clicks = rng.poisson(cost / _CLICK_CENTS[platform])
    shown = clicks + rng.poisson(np.maximum(clicks, 0.3) / _CLICK_RATE[platform])
    same = np.ones(len(day), dtype=np.int64)
    return day, same * platform, same * at, shown.astype(np.int64), clicks.astype(np.int64), cost


def visits(rng: np.random.Generator, deals: int, a: Ads) -> Visits:
    """Paid visits follow the clicks; the others follow the season in which deals are made, and grow with the company."""
    day = np.arange(BIRTH_DAY, HORIZON_DAY)
    season = creation_weights()
    season = np.where(season > 0, season / season[: START_DAY - BIRTH_DAY].max(), 0.22)
    expected: list[Floats] = []
    for platform, share in enumerate(_ARRIVES):
        own = a.platform == platform
        expected.append(np.bincount(a.day[own] - BIRTH_DAY, a.clicks[own] * share, len(day)).astype(np.float64))
    expected += [season * usual * deals / 2_000 for usual in _DAILY]
    sessions = rng.poisson(np.stack(expected, axis=1)).ravel().astype(np.int64)
    visitors = rng.binomial(sessions, 0.84)
    fresh = rng.binomial(visitors, 0.58)
    pages = sessions + rng.poisson(sessions * 1.9)
    every, channel = np.repeat(day, len(CHANNELS)), np.tile(np.arange(len(CHANNELS)), len(day))
    seen = sessions > 0
    return Visits(*(column[seen].astype(np.int64) for column in (every, channel, sessions, visitors, fresh, pages)))


def told_until(clock: int) -> int:
    """The first day nobody has reported yet: a day is told on the next morning."""
    return (clock - REPORTED_AT) // DAY


def as_told(final: Ints, day: Ints, clock: int) -> Ints:
    """A platform's figure for days as it stands at a moment: too high at first, final after a week."""
    left = np.maximum(0, DOUBTFUL_DAYS + 1 - (told_until(clock) - day))
    return final + final * DOUBTFUL_PERCENT * left // (100 * DOUBTFUL_DAYS)
