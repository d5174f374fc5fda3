"""Calls, e-mails and meetings: what reps do with leads and deals."""

from dataclasses import dataclass

import numpy as np

from demo.clock import DAY, FAR, HORIZON, HOUR, Ints, forward_to_workday
from demo.deals import Deals
from demo.history import Changes
from demo.leads import Leads

CALL, EMAIL, TODO = range(3)


@dataclass
class Activities:
    """One value a task or a meeting, in order of creation. `at` is when it takes place, `done` when a task closed."""

    deal: Ints
    lead: Ints
    owner: Ints
    kind: Ints
    created: Ints
    at: Ints
    done: Ints
    seconds: Ints


def tasks(rng: np.random.Generator, d: Deals, c: Changes, found: Leads, lead_owner: Ints) -> Activities:
    """About four tasks a deal between its creation and end; the outreach to a lead and some after it."""
    end = np.minimum(np.where(d.ended_again < FAR, d.ended_again, d.ended), d.deleted)
    count = np.minimum(25, rng.poisson(1.6 + (end - d.created) / DAY / 24))
    deal, at = _spread(rng, d, end, count)
    answered = np.flatnonzero((found.answered < FAR) & (found.answered < HORIZON))
    again = np.repeat(answered, rng.choice(3, len(answered), p=(0.55, 0.3, 0.15)))
    wait = (rng.exponential(4, len(again)) * DAY).astype(np.int64) + HOUR
    lead = np.concatenate([answered, again])
    touched = np.concatenate([found.answered[answered], _workday(found.answered[again] + wait)])
    keep = touched < np.where(found.deal[lead] >= 0, d.created[np.maximum(found.deal[lead], 0)], FAR)
    lead, touched = lead[keep], touched[keep]
    n = len(deal) + len(lead)
    moment = np.concatenate([at, touched])
    kind = rng.choice(3, n, p=(0.42, 0.5, 0.08))
    kind[len(deal) :] = np.minimum(kind[len(deal) :], EMAIL)
    ahead = (kind == TODO).astype(np.int64) * rng.integers(1, 9, n) * DAY
    seconds = np.where(kind == CALL, (180 * np.exp(rng.normal(0, 0.9, n))).astype(np.int64), -1)
    owner = np.concatenate([owner_at(c, deal, at), lead_owner[lead]])
    done = np.where(rng.random(n) < 0.93, moment + ahead, FAR)
    return _ordered(
        np.concatenate([deal, np.full(len(lead), -1)]), np.concatenate([np.full(len(deal), -1), lead]), owner, kind,
        moment, moment + ahead, done, seconds,
    )  # fmt: skip


def meetings(rng: np.random.Generator, d: Deals, c: Changes) -> Activities:
    """About one meeting for every stage a deal reaches, put into the calendar some days before."""
    end = np.minimum(np.where(d.ended_again < FAR, d.ended_again, d.ended), d.deleted)
    count = rng.poisson(0.35 + 0.32 * d.deepest)
    deal, at = _spread(rng, d, end, count)
    before = rng.integers(1, 9, len(deal)) * DAY
    created = np.maximum(d.created[deal] + 120, at - before)
    minutes = rng.choice(np.array([30, 45, 60, 90]), len(deal), p=(0.4, 0.15, 0.35, 0.1))
    none = np.full(len(deal), -1)
    return _ordered(deal, none, owner_at(c, deal, created), np.zeros(len(deal), np.int64), created, at, at, minutes)


def _spread(rng: np.random.Generator, d: Deals, end: Ints, count: Ints) -> tuple[Ints, Ints]:
    deal = np.repeat(np.arange(len(d)), count)
    at = d.created[deal] + 300 + (rng.random(len(deal)) * (end - d.created)[deal]).astype(np.int64)
    at = np.minimum(_workday(at), end[deal] - 60)
    keep = (at < HORIZON) & (at > d.created[deal])
    return deal[keep], at[keep]


def _workday(at: Ints) -> Ints:
    day = at // DAY
    hours = at % DAY
    calm = np.where((hours < 7 * HOUR) | (hours > 17 * HOUR), 7 * HOUR + hours * 10 // 24, hours)
    return forward_to_workday(day) * DAY + calm


def owner_at(c: Changes, deal: Ints, at: Ints) -> Ints:
    """The owner of each deal at each moment."""
    base = int(c.since.min())
    rows = np.searchsorted((c.deal << 28) | (c.since - base), (deal << 28) | (at - base), side="right") - 1
    return c.owner[rows]


def _ordered(
    deal: Ints, lead: Ints, owner: Ints, kind: Ints, created: Ints, at: Ints, done: Ints, seconds: Ints
) -> Activities:
    order = np.argsort(created, kind="stable")
    return Activities(*(part[order] for part in (deal, lead, owner, kind, created, at, done, seconds)))
