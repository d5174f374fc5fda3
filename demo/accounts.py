"""Accounts and the people at them: who buys from the demo company, found by its deals or merely prospected."""

from dataclasses import dataclass

import numpy as np

from demo.clock import BIRTH_DAY, DAY, FAR, HORIZON_DAY, Bools, Ints, forward_to_workday, office_hours
from demo.deals import Deals
from demo.path import handovers
from demo.people import Roster
from demo.versions import Change, Versions, versions


@dataclass
class Accounts:
    """One value an account, in order of creation; `founder` is the deal that brought it (-1: none)."""

    created: Ints
    seat: Ints
    founder: Ints
    versions: Versions
    """State: owner (person), segment, customer (1 from the first win on)."""


def accounts(rng: np.random.Generator, d: Deals, roster: Roster) -> tuple[Accounts, Ints]:
    """The accounts, and each deal's account: a seat's deals meet new accounts or ones it already has."""
    order = np.lexsort((np.arange(len(d)), d.seat))
    seat = d.seat[order]
    opens = np.diff(seat, prepend=-1) != 0
    new = opens | (d.existing_share[order] > np.where(d.from_lead[order], 0.3, 0.62))
    total = np.cumsum(new)
    before = np.repeat((total - new)[opens], np.diff(np.append(np.flatnonzero(opens), len(seat))))
    known = total - before
    pick = before + (rng.random(len(seat)) ** 1.4 * known).astype(np.int64)
    local = np.where(new, total - 1, pick)
    founder = order[new]
    lead_time = np.where(d.from_lead[founder], 0, rng.integers(1, 30, len(founder)) * DAY + 1_234)
    created = np.maximum(d.created[founder] - lead_time, BIRTH_DAY * DAY + 6 * 3600)
    prospects = len(founder) // 6
    days = forward_to_workday(rng.integers(BIRTH_DAY, HORIZON_DAY - 5, prospects))
    created = np.concatenate([created, office_hours(rng, days)])
    seats = np.concatenate([d.seat[founder], rng.integers(0, len(roster.seat_open), prospects)])
    seats = np.where(roster.seat_open[seats] > created // DAY, 0, seats)
    founder = np.concatenate([founder, np.full(prospects, -1)])
    by_time = np.argsort(created, kind="stable")
    rank = np.empty(len(by_time), dtype=np.int64)
    rank[by_time] = np.arange(len(by_time))
    account_of = np.empty(len(d), dtype=np.int64)
    account_of[order] = rank[local]
    created, seats, founder = created[by_time], seats[by_time], founder[by_time]
    won = np.flatnonzero(d.won)
    bought = ("customer", account_of[won], d.ended[won], np.ones(len(won), np.int64))
    return Accounts(created, seats, founder, _versions(rng, created, seats, roster, bought)), account_of


def _versions(rng: np.random.Generator, created: Ints, seat: Ints, roster: Roster, bought: Change) -> Versions:
    n = len(created)
    owner = roster.held_by(seat, created // DAY)
    first = {"owner": owner, "segment": roster.seat_segment[seat], "customer": np.zeros(n, np.int64)}
    moves = handovers(rng, roster, np.arange(n), seat, created, np.full(n, FAR, dtype=np.int64))
    later: list[Change] = [bought]
    later += [("owner", part.deal, part.at, part.value) for part in moves]
    grown = np.flatnonzero((rng.random(n) < 0.02) & (first["segment"] < 2))
    at = created[grown] + rng.integers(90, 600, len(grown)) * DAY
    later.append(("segment", grown, at, first["segment"][grown] + 1))
    return versions(created, first, later)


@dataclass
class Contacts:
    """One value a contact. The first `accounts` contacts are each account's main one; `person` numbers a human."""

    created: Ints
    account: Ints
    person: Ints
    mailbox: Bools


def contacts(
    rng: np.random.Generator, a: Accounts, d: Deals, account_of: Ints, lead_of: Ints, lead_person: Ints
) -> tuple[Contacts, Ints]:
    """The contacts, and each deal's: the converted lead's person, else the account's main contact."""
    n = len(a.created)
    founded_by_lead = np.where(a.founder >= 0, lead_of[np.maximum(a.founder, 0)], -1)
    fresh = int(lead_person.max(initial=0)) + 1
    main = np.where(founded_by_lead >= 0, lead_person[np.maximum(founded_by_lead, 0)], fresh + np.arange(n))
    convert = np.flatnonzero(lead_of >= 0)
    convert = convert[a.founder[account_of[convert]] != convert]
    extra = np.repeat(np.arange(n), rng.poisson(0.9, n))
    wait = (rng.exponential(60, len(extra)) * DAY).astype(np.int64) + 7_200
    created = np.concatenate([a.created, d.created[convert], a.created[extra] + wait])
    account = np.concatenate([np.arange(n), account_of[convert], extra])
    others = fresh + n + np.arange(len(extra))
    person = np.concatenate([main, lead_person[lead_of[convert]], others])
    contact_of = account_of.copy()
    contact_of[convert] = n + np.arange(len(convert))
    mailbox = np.zeros(len(created), dtype=bool)
    mailbox[n + len(convert) :] = rng.random(len(extra)) < 0.01
    return Contacts(created, account, person, mailbox), contact_of
