"""What the demo company knows of itself, computed from its own events and nothing else.

Money is exact: cents of the deal's currency times a plan rate in ten-thousandths gives whole millionths of a euro.
Every amount below is in those millionths until it is handed out as a Decimal. The rules are those of the product's
documentation (metrics, commission), worked out here a second time on purpose.

    from demo import truth
    told = truth.at(state)                       # everything the source shows at its clock
    told = truth.at(state, seen=[t1, t2, t3])    # what someone knows who looked at these moments
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.clock import DAY, FAR, Bools, Ints, as_date, quarter_start
from demo.company import Life
from demo.frame import View
from demo.objects import OBJECTS
from demo.rates import rates_on
from demo.state import State
from demo.truth_commission import Earning, earnings, revenue_credits, window_quotas
from demo.truth_response import Responses, responses
from demo.truth_revenue import Balance, Traffic, costs, revenue, traffic
from demo.words import LOST, WON

ZONE = "Europe/Berlin"
MICRO = Decimal(1_000_000)
Owner = str
"""An employee number; empty for someone who has none."""

MOVEMENTS = (
    "created",
    "reopened",
    "transferred_in",
    "transferred_out",
    "increased",
    "decreased",
    "won",
    "lost",
    "deleted",
)


@dataclass(frozen=True)
class Count:
    """Rows of an object: `live` ones, and `all` that are still shown with the deleted ones."""

    live: int
    all: int


@dataclass(frozen=True)
class Truth:
    """Facts at a moment. Amounts in euro, exact; dates are first days of fiscal quarters or months.

    Args:
        clock: seconds since 1970.
        counts: rows by object.
        deals: deals that are not deleted by outcome (open, won, lost): number and sum.
        movements: pipeline, scope open, basis gross: (owner, quarter) -> opening, each of MOVEMENTS, closing.
        bookings: (owner, quarter) -> sum of won amounts by the close date's quarter, to the deal's owner.
        quotas: (rep, quarter) -> prorated quota.
        commission: (payee, month) -> earned, to the cent.
        earnings: the lines behind it.
        revenue: month -> opening, new, expansion, contraction, churn, reactivation, closing of recurring revenue.
        traffic: (day, channel) -> impressions, clicks, cost, sessions, page views.
        costs: (month, cost type) -> euro.
        responses: lead id -> (moment of the first outreach, working seconds until then), None where there is none.
    """

    clock: int
    counts: dict[str, Count]
    deals: dict[str, tuple[int, Decimal]]
    movements: dict[tuple[Owner, date], dict[str, Decimal]]
    bookings: dict[tuple[Owner, date], Decimal]
    quotas: dict[tuple[Owner, date], Decimal]
    commission: dict[tuple[Owner, date], Decimal]
    earnings: list[Earning]
    revenue: dict[date, Balance]
    traffic: Traffic
    costs: dict[tuple[date, str], Decimal]
    responses: Responses


def at(state: State, seen: Sequence[int] | None = None, life: Life | None = None) -> Truth:
    """The truth at the state's clock.

    Args:
        seen: moments, ascending, at which the source was read; the last one is when the truth is told. A deal that was
            purged before anybody looked is unknown; one that vanished without a trace is gone at the first look after.
        life: the company's life, if it is at hand.
    """
    known = life or state.life()
    looks = list(seen) if seen else [state.clock]
    clock = looks[-1]
    states = _states(known, looks)
    final = states.where(states.until > clock)
    won = final.where((final.stage == WON) & ~final.deleted)
    worth = value(known, won.deal, won.amount, won.close, clock)
    owner = won.owner
    lines = earnings(known, clock, revenue_credits(known, won.deal, owner, won.close, worth))
    return Truth(
        clock,
        counts(known, clock),
        _outcomes(known, final, clock),
        _movements(known, states, clock),
        _by_owner(known, owner, quarter_start(won.close), worth),
        _quotas(known, clock),
        _commission(known, lines),
        lines,
        revenue(known, clock, int(local_days(np.array([clock]))[0])),
        traffic(known, clock),
        costs(known, clock),
        responses(known, clock),
    )


def counts(life: Life, clock: int) -> dict[str, Count]:
    """Rows the source shows of each object."""
    view = View(life, clock)
    out = {}
    for name, o in OBJECTS.items():
        rows = o.rows(view)
        gone = int(o.deleted(view, rows).sum()) if o.deleted else 0
        out[name] = Count(len(rows) - gone, len(rows))
    return out


def value(life: Life, deal: Ints, cents: Ints, day: Ints, clock: int) -> Ints:
    """Millionths of a euro of amounts in the deals' currencies at the plan rate of a day; a missing amount is 0."""
    rates = rates_on(life.deals.currency[deal], day, clock // DAY)
    return np.maximum(cents, 0) * rates


def local_days(seconds: Ints) -> Ints:
    """Days in the company's time zone."""
    moments = pa.array(seconds.astype("datetime64[s]")).cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("s", ZONE))
    local = pc.local_timestamp(moments).to_numpy()
    days: Ints = local.astype("datetime64[D]").astype(np.int64)
    return days


@dataclass
class _States:
    """States of known deals in order of deal and time; `first` marks each deal's first."""

    deal: Ints
    since: Ints
    until: Ints
    stage: Ints
    amount: Ints
    close: Ints
    owner: Ints
    deleted: Bools
    first: Bools

    def where(self, mask: Bools) -> "_States":
        return _States(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    @property
    def open(self) -> Bools:
        return (self.stage < WON) & ~self.deleted


def _states(life: Life, looks: list[int]) -> _States:
    c, d = life.changes, life.deals
    seen_at = np.full(len(d), FAR, dtype=np.int64)
    vanished = np.full(len(d), FAR, dtype=np.int64)
    binned = np.zeros(len(d), dtype=bool)
    for look in looks:
        here = (d.created <= look) & (d.purged > look)
        seen_at = np.where(here, np.minimum(seen_at, look), seen_at)
        binned |= here & (d.deleted <= look)
        vanished = np.where((seen_at < look) & (d.purged <= look), np.minimum(vanished, look), vanished)
    noticed = np.where(binned, d.deleted, vanished)
    since = np.where(c.deleted, noticed[c.deal], c.since)
    keep = (seen_at[c.deal] < FAR) & (since <= looks[-1])
    deal, since = c.deal[keep], since[keep]
    last = np.append(np.diff(deal) != 0, True)
    until = np.where(last, FAR, np.append(since[1:], FAR))
    first = np.diff(deal, prepend=-1) != 0
    return _States(
        deal, since, until, c.stage[keep], c.amount[keep], c.close[keep], c.owner[keep], c.deleted[keep], first
    )


def _outcomes(life: Life, final: _States, clock: int) -> dict[str, tuple[int, Decimal]]:
    alive = final.where(~final.deleted)
    worth = value(life, alive.deal, alive.amount, alive.close, clock)
    parts = {"open": alive.stage < WON, "won": alive.stage == WON, "lost": alive.stage == LOST}
    return {name: (int(mask.sum()), Decimal(int(worth[mask].sum())) / MICRO) for name, mask in parts.items()}


def _employee_numbers(life: Life) -> list[Owner]:
    return [p.employee_number for p in life.roster.people]


def _by_owner(life: Life, owner: Ints, period: Ints, worth: Ints) -> dict[tuple[Owner, date], Decimal]:
    """Sums by (owner, first day)."""
    numbers = _employee_numbers(life)
    keys = owner * (1 << 20) + period
    unique, inverse = np.unique(keys, return_inverse=True)
    sums = np.zeros(len(unique), dtype=np.int64)
    np.add.at(sums, inverse, worth)
    return {
        (numbers[int(key) >> 20], as_date(int(key) & 0xFFFFF)): Decimal(int(total)) / MICRO
        for key, total in zip(unique, sums, strict=True)
    }


def _movements(life: Life, s: _States, clock: int) -> dict[tuple[Owner, date], dict[str, Decimal]]:
    """Scope open, basis gross, by quarter and owner; each quarter's opening at that quarter's own rates."""
    day = local_days(s.since)
    before = np.maximum(np.arange(len(s.deal)) - 1, 0)
    was = np.where(s.first, False, s.open[before])
    now = s.open
    old = value(life, s.deal, s.amount[before], day, clock)
    new = value(life, s.deal, s.amount, day, clock)
    was_deleted = np.where(s.first, False, s.deleted[before])
    moved = was & (s.owner != s.owner[before])
    change = np.where(was & ~s.deleted, new - old, 0)
    quarter = quarter_start(day)
    closing = was & ~s.deleted
    entries: dict[str, tuple[Bools, Ints, Ints]] = {
        "created": (s.first & now, s.owner, new),
        "reopened": (~s.first & ~was & now & ~was_deleted, s.owner, new),
        "transferred_out": (moved, s.owner[before], -old),
        "transferred_in": (moved, s.owner, old),
        "increased": (change > 0, s.owner, change),
        "decreased": (change < 0, s.owner, change),
        "won": (closing & (s.stage == WON), s.owner, -new),
        "lost": (closing & (s.stage == LOST), s.owner, -new),
        "deleted": (was & s.deleted, s.owner, -old),
    }
    out: dict[tuple[Owner, date], dict[str, Decimal]] = {}
    for name, (mask, owner, worth) in entries.items():
        for key, total in _by_owner(life, owner[mask], quarter[mask], worth[mask]).items():
            out.setdefault(key, {})[name] = total
    _open_balances(life, s, clock, out)
    for steps in out.values():
        for name in ("opening", *MOVEMENTS):
            steps.setdefault(name, Decimal(0))
        steps["closing"] = sum((steps[name] for name in ("opening", *MOVEMENTS)), Decimal(0))
    return out


def _open_balances(life: Life, s: _States, clock: int, out: dict[tuple[Owner, date], dict[str, Decimal]]) -> None:
    """Each quarter's opening: what stood open when it began, at the rates of its first day."""
    since, until = local_days(s.since), np.where(s.until < FAR, local_days(np.minimum(s.until, clock)), FAR)
    today = int(local_days(np.array([clock]))[0])
    for first in np.unique(quarter_start(np.arange(int(since.min()), today + 1))):
        standing = s.open & (since < first) & (until >= first)
        worth = value(life, s.deal[standing], s.amount[standing], np.full(int(standing.sum()), first), clock)
        quarters = np.full(len(worth), first)
        for key, total in _by_owner(life, s.owner[standing], quarters, worth).items():
            out.setdefault(key, {})["opening"] = total


def _quotas(life: Life, clock: int) -> dict[tuple[Owner, date], Decimal]:
    numbers = _employee_numbers(life)
    return {
        (numbers[person], date(1970 + quarter // 4, quarter % 4 * 3 + 1, 1)): Decimal(micro) / MICRO
        for (person, quarter), micro in window_quotas(life, clock).items()
    }


def _commission(life: Life, lines: list[Earning]) -> dict[tuple[Owner, date], Decimal]:
    numbers = _employee_numbers(life)
    out: dict[tuple[Owner, date], Decimal] = {}
    for line in lines:
        key = (numbers[line.person], as_date(line.day).replace(day=1))
        out[key] = out.get(key, Decimal(0)) + Decimal(line.cents) / 100
    return out
