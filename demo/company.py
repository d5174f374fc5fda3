"""The demo company's whole life, drawn once from a seed: its past, and what is still to come.

Everything is known from the start; "now" is a cut at the clock. So `advance` is only a clock that moves, two steps of a
day are one of two days, and what is true at any moment can be computed at any other. Each subject has a generator of
its own, seeded by (seed, subject), so that a change to one leaves the others as they were.
"""

from dataclasses import dataclass

import numpy as np

from demo.accounts import Accounts, Contacts, accounts, contacts
from demo.activities import Activities, meetings, tasks
from demo.clock import DAY, FAR, HORIZON, Ints
from demo.costs import Costs, costs
from demo.deals import Deals, deals
from demo.history import Changes, First, changes, field_rows
from demo.leads import Campaigns, Leads, Touches, campaigns, leads, touches
from demo.lines import Lines, Splits, amounts, splits
from demo.path import DELETED, close_dates, events, judgements, owners, stages
from demo.people import Roster, roster, user_versions
from demo.subscriptions import Subscriptions, subscriptions
from demo.traffic import Ads, Visits, ads, visits
from demo.versions import Versions

SCALES = {"small": 2_000, "medium": 100_000, "large": 1_000_000}


@dataclass
class Links:
    """One value a deal: what it belongs to (positions; -1 for none)."""

    account: Ints
    contact: Ints
    lead: Ints


@dataclass
class FieldRows:
    """OpportunityFieldHistory: the row of `Changes` and what of it (see `history.field_rows`)."""

    row: Ints
    kind: Ints


@dataclass
class Life:
    """Everything that ever happens, each part one array a column."""

    roster: Roster
    users: Versions
    deals: Deals
    links: Links
    changes: Changes
    field_rows: FieldRows
    lines: Lines
    splits: Splits
    accounts: Accounts
    contacts: Contacts
    campaigns: Campaigns
    leads: Leads
    touches: Touches
    tasks: Activities
    meetings: Activities
    subscriptions: Subscriptions
    ads: Ads
    visits: Visits
    costs: Costs


def deals_of(scale: str) -> int:
    """Deals for a scale: small, medium, large or a number.

    Raises:
        ValueError: neither one of the names nor a number of at least 50.
    """
    if scale in SCALES:
        return SCALES[scale]
    if scale.replace("_", "").isdigit() and int(scale) >= 50:
        return int(scale)
    raise ValueError(f"--scale {scale!r} is not known. Use small, medium, large or a number of deals from 50.")


def generate(deal_count: int, seed: int) -> Life:
    """Draw the life of a company that has `deal_count` deals at the demo's start."""

    def rng(subject: int) -> np.random.Generator:
        return np.random.default_rng([seed, subject])

    staff = roster(rng(1), deal_count)
    d = deals(rng(2), staff, deal_count)
    path = stages(rng(3), d)
    first_close, closes = close_dates(rng(4), d, path.entered)
    worth = amounts(rng(5), d, path.entered)
    gone = np.flatnonzero(d.deleted < FAR)
    parts = [
        *path.events, *closes, *worth.events, *owners(rng(6), d, staff), *judgements(rng(7), d, path.entered),
        events(gone, d.deleted[gone], DELETED, np.ones(len(gone), np.int64)),
    ]  # fmt: skip
    first = First(d.created, path.first, worth.first, first_close, d.owner, d.deleted)
    history = changes(first, parts)
    del parts
    shared = splits(rng(8), d, staff, _owner_at(history, d.ended))
    buyers, account_of = accounts(rng(9), d, staff)
    interest, lead_of = leads(rng(10), d, staff)
    people, contact_of = contacts(rng(11), buyers, d, account_of, lead_of, interest.person)
    spent = campaigns(rng(12), deal_count)
    running = subscriptions(rng(16), d, account_of)
    shown = ads(rng(17), spent)
    lead_owner = interest.versions.state["owner"][np.flatnonzero(np.diff(interest.versions.record, prepend=-1))]
    return Life(
        staff, user_versions(staff), d, Links(account_of, contact_of, lead_of), history, FieldRows(*field_rows(history)), worth.lines, shared,
        buyers, people, spent, interest, touches(rng(13), interest, people.created),
        tasks(rng(14), d, history, interest, lead_owner), meetings(rng(15), d, history),
        running, shown, visits(rng(18), deal_count, shown), costs(rng(19), staff, deal_count, spent, shown, running),
    )  # fmt: skip


def _owner_at(c: Changes, at: Ints) -> Ints:
    """Each deal's owner at a moment of its own (one a deal)."""
    base = int(c.since.min())
    keys = (c.deal << 28) | (c.since - base)
    wanted = (np.arange(len(at)) << 28) | (np.minimum(at, HORIZON + DAY) - base)
    owner: Ints = c.owner[np.searchsorted(keys, wanted, side="right") - 1]
    return owner
