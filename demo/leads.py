"""Leads, the campaigns that bring them, and each touch: how people come to know the demo company."""

from dataclasses import dataclass

import numpy as np

from demo.clock import (
    BIRTH_DAY,
    DAY,
    FAR,
    HORIZON_DAY,
    HOUR,
    Bools,
    Ints,
    forward_to_workday,
    month_of,
    month_start,
    office_hours,
)  # fmt: skip
from demo.deals import Deals, creation_weights
from demo.people import SDR, Roster
from demo.versions import Versions, versions

OPEN, WORKING, CONVERTED, REJECTED, NURTURING = range(5)
PER_CONVERSION = 5.6
COLD_SHARE = (0.13, 0.07, 0.15, 0.15, 0.1, 0.06, 0.06, 0.28)
"""Sources of the leads that become nothing: mostly lists, fairs and advertising."""
INBOUND = (0, 1, 4)
"""Sources whose first touch is the person's own doing."""


@dataclass
class Leads:
    """One value a lead, in order of creation. `deal` is what it became (-1: nothing), `answered` the first outreach
    (FAR: none), `master` the lead it was merged into (-1), `campaign` where it came from.
    """

    created: Ints
    deal: Ints
    source: Ints
    segment: Ints
    region: Ints
    person: Ints
    campaign: Ints
    score: Ints
    answered: Ints
    master: Ints
    versions: Versions
    """State: status, owner (person on staff), deleted."""


@dataclass
class Campaigns:
    """One value a campaign: one of each type a quarter; days, cents."""

    kind: Ints
    start: Ints
    end: Ints
    budget: Ints
    actual: Ints
    created: Ints


def campaigns(rng: np.random.Generator, deals: int) -> Campaigns:
    """A campaign of each type every quarter; the spend grows with the company."""
    quarters = month_start(
        np.arange(int(month_of(np.array([BIRTH_DAY]))[0]), int(month_of(np.array([HORIZON_DAY]))[0]), 3)
    )
    kind = np.tile(np.arange(8), len(quarters))
    begin = np.repeat(quarters, 8)
    start = forward_to_workday(begin + rng.integers(0, 8, len(kind)))
    end = begin + 88
    price = np.array([4_000, 9_000, 38_000, 22_000, 12_000, 6_000, 8_000, 3_000])[kind] * (deals / 2_000) ** 0.9
    budget = (np.round(price * rng.uniform(0.8, 1.2, len(kind)), -2) * 100).astype(np.int64)
    actual = (budget * rng.uniform(0.75, 1.15, len(kind))).astype(np.int64)
    return Campaigns(kind, start, end, budget, actual, (start - 21) * DAY + 9 * HOUR)


def leads(rng: np.random.Generator, d: Deals, roster: Roster) -> tuple[Leads, Ints]:
    """The leads, and for each deal the lead it came from (-1: none)."""
    made = np.flatnonzero(d.from_lead)
    wait = (rng.gamma(1.3, 8.0, len(made)) * DAY).astype(np.int64) + 5 * HOUR
    born = np.maximum(d.created[made] - wait, BIRTH_DAY * DAY)
    others = _arrivals(rng, int(len(made) * PER_CONVERSION))
    n = len(made) + len(others)
    created = np.concatenate([born, others])
    deal = np.concatenate([made, np.full(len(others), -1)])
    order = np.argsort(created, kind="stable")
    created, deal = created[order], deal[order]
    own = deal >= 0
    at = np.maximum(deal, 0)
    source = np.where(own, d.source[at], rng.choice(8, n, p=COLD_SHARE))
    segment = np.where(own, d.segment[at], rng.choice(3, n, p=(0.6, 0.29, 0.11)))
    region = np.where(own, d.region[at], rng.choice(5, n, p=(0.36, 0.2, 0.14, 0.14, 0.16)))
    quarter = np.minimum((month_of(created // DAY) - int(month_of(np.array([BIRTH_DAY]))[0])) // 3, 14)
    campaign = quarter * 8 + np.array([4, 1, 2, 3, 4, 5, 6, 7])[source]
    delay = (4.5 * HOUR * np.exp(rng.normal(0, 1.25, n))).astype(np.int64)
    silent = (rng.random(n) < 0.11) & ~own
    answered = np.where(silent, FAR, _in_hours(created + delay))
    answered = np.where(own, np.minimum(answered, np.maximum(d.created[at] - HOUR, created + 60)), answered)
    person, master = _identities(rng, n, own)
    sdrs = roster.of_role(SDR)
    first = {"status": np.zeros(n, np.int64), "owner": sdrs[np.arange(n) % len(sdrs)], "deleted": np.zeros(n, np.int64)}
    state = versions(created, first, _changes(rng, created, answered, own, d.created[at], master))
    score = np.clip(rng.normal(np.where(own, 66, 41), 17), 1, 99).astype(np.int64)
    lead_of = np.full(len(d), -1, dtype=np.int64)
    lead_of[deal[own]] = np.flatnonzero(own)
    return Leads(created, deal, source, segment, region, person, campaign, score, answered, master, state), lead_of


def _arrivals(rng: np.random.Generator, count: int) -> Ints:
    """Leads come at any hour, most by day, a fifth of a weekday's at weekends."""
    weights = creation_weights()
    weights = np.where(weights == 0, weights.max() * 0.2, weights)
    total = np.cumsum(weights)
    days = BIRTH_DAY + np.searchsorted(total, rng.random(count) * total[-1], side="right")
    hours = np.clip(rng.normal(13.0, 4.5, count), 0.0, 23.9)
    moments: Ints = days.astype(np.int64) * DAY + (hours * HOUR).astype(np.int64)
    return moments


def _in_hours(at: Ints) -> Ints:
    """Nobody answers at night: the next working morning then."""
    day = at // DAY
    hour = at % DAY
    day = np.where(hour > 17 * HOUR, day + 1, day)
    day = forward_to_workday(day)
    late = (hour < 7 * HOUR) | (hour > 17 * HOUR) | (day != at // DAY)
    answered: Ints = np.where(late, day * DAY + 7 * HOUR + at % (2 * HOUR), at)
    return answered


def _identities(rng: np.random.Generator, n: int, own: Bools) -> tuple[Ints, Ints]:
    """A few leads are someone we already had: merged into the older lead, or left as a duplicate."""
    person = np.arange(n)
    twin = np.flatnonzero(~own & (rng.random(n) < 0.03) & (np.arange(n) > 10))
    older = np.maximum(0, twin - rng.integers(1, 10, len(twin)))
    person[twin] = person[older]
    merged = rng.random(len(twin)) < 0.4
    master = np.full(n, -1, dtype=np.int64)
    master[twin[merged]] = older[merged]
    return person, master


def _changes(
    rng: np.random.Generator, created: Ints, answered: Ints, own: Bools, converted: Ints, master: Ints
) -> list[tuple[str, Ints, Ints, Ints]]:
    n = len(created)
    worked = np.flatnonzero(answered < FAR)
    end = rng.random(n)
    closed = np.flatnonzero(~own & (end < 0.82))
    status = np.where(end[closed] < 0.55, REJECTED, NURTURING)
    base = np.where(answered[closed] < FAR, answered[closed], created[closed])
    decided = office_hours(rng, forward_to_workday(base // DAY + 2 + rng.exponential(12, len(closed)).astype(np.int64)))
    won = np.flatnonzero(own)
    merged = np.flatnonzero(master >= 0)
    gone = office_hours(rng, forward_to_workday(created[merged] // DAY + rng.integers(1, 9, len(merged))))
    return [
        ("status", worked, answered[worked], np.full(len(worked), WORKING)),
        ("status", closed, decided, status),
        ("status", won, converted[won], np.full(len(won), CONVERTED)),
        ("deleted", merged, gone, np.ones(len(merged), np.int64)),
    ]


@dataclass
class Touches:
    """Campaign members: a lead (or -1) or a contact (or -1), touched at `created`, answering at `responded` (FAR)."""

    campaign: Ints
    lead: Ints
    contact: Ints
    created: Ints
    responded: Ints
    status: Ints


_RESPONSES = np.array([[2, 2], [4, 3], [4, 3], [2, 6], [5, 5], [2, 6], [2, 6], [2, 2]])


def touches(rng: np.random.Generator, found: Leads, contact_created: Ints) -> Touches:
    """The touch that brought each lead, up to three later ones, and mailings to contacts."""
    n = len(found.created)
    later = np.repeat(np.arange(n), rng.choice(4, n, p=(0.5, 0.27, 0.15, 0.08)))
    wait = (rng.exponential(9, len(later)) * DAY).astype(np.int64) + HOUR
    mailed = np.repeat(np.arange(len(contact_created)), rng.choice(3, len(contact_created), p=(0.6, 0.3, 0.1)))
    nudge = (rng.exponential(80, len(mailed)) * DAY).astype(np.int64) + HOUR
    lead = np.concatenate([np.arange(n), later, np.full(len(mailed), -1)])
    contact = np.concatenate([np.full(n + len(later), -1), mailed])
    created = np.concatenate([found.created + 30, found.created[later] + wait, contact_created[mailed] + nudge])
    first_quarter = int(month_of(np.array([BIRTH_DAY]))[0])
    quarter = np.clip((month_of(created // DAY) - first_quarter) // 3, 0, 14)
    kind = np.concatenate([found.campaign % 8, rng.integers(0, 7, len(later)), np.zeros(len(mailed), np.int64)])
    campaign = quarter * 8 + kind
    campaign[:n] = found.campaign
    warm = (found.deal >= 0) | np.isin(found.source, INBOUND)
    first, again = np.where(warm, 1.0, 0.24), np.where(found.deal[later] >= 0, 0.45, 0.13)
    answers = rng.random(len(lead)) < np.concatenate([first, again, np.full(len(mailed), 0.18)])
    at_once = np.concatenate([warm, np.zeros(len(lead) - n, dtype=bool)])
    delay = np.where(at_once, 0, rng.exponential(2.5 * DAY, len(lead)).astype(np.int64) + 600)
    responded = np.where(answers, created + delay, FAR)
    status = _RESPONSES[kind, (rng.random(len(lead)) < 0.2).astype(np.int64)]
    order = np.argsort(created, kind="stable")
    return Touches(campaign[order], lead[order], contact[order], created[order], responded[order], status[order])
