"""The commission everybody earned, line by line, by the company's one plan: marginal tiers over the fiscal quarter."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from demo import ids
from demo.clock import DAY, FIRST_FISCAL_DAY, Ints, month_of, month_start
from demo.company import Life
from demo.people import AE, Person
from demo.quotas import TIERS, quotas, ramp_steps

ACCOUNT = "salesforce"


@dataclass(frozen=True)
class Credit:
    """What a person is credited with of a deal: millionths of a euro on a day."""

    person: int
    deal: int
    key: str
    day: int
    micro: int


@dataclass(frozen=True)
class Earning:
    """One line: the part of a credit inside a tier, and the cents it earns."""

    person: int
    deal: int
    day: int
    tier: int
    micro: int
    cents: int


def half_up(value: Decimal, digits: int) -> Decimal:
    """Rounded half away from zero."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def revenue_credits(life: Life, deal: Ints, owner: Ints, close: Ints, worth: Ints) -> list[Credit]:
    """Revenue credits of won deals: the splits' people, else the owner. Overlay splits pay nobody here."""
    s = life.splits
    shares: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for at in np.flatnonzero(~s.overlay):
        shares[int(s.deal[at])].append((int(s.person[at]), int(s.percent[at])))
    opportunities = ids.column("Opportunity", deal).to_pylist()
    out = []
    for number, who, day, micro, key in zip(
        deal.tolist(), owner.tolist(), close.tolist(), worth.tolist(), opportunities, strict=True
    ):
        digest = hashlib.md5(f"{ACCOUNT}|{key}".encode(), usedforsecurity=False).hexdigest()
        for person, percent in shares.get(number, [(who, 100)]):
            # Plan rates are whole hundredths of a percent, so that a whole percent of an amount has no remainder.
            out.append(Credit(person, number, digest, day, micro * percent // 100))
    return [credit for credit in out if credit.micro]


def window_quotas(life: Life, clock: int) -> dict[tuple[int, int], int]:
    """Prorated quota in millionths by (person, quarter as months since 1970 / 3)."""
    today = clock // DAY
    people = life.roster.people
    out: dict[tuple[int, int], int] = defaultdict(int)
    for quota in quotas(life, today):
        person = people[quota.person]
        first, after = (int(day) for day in month_start(np.array([quota.month, quota.month + 1])))
        leave = person.leave if person.leave <= today else after
        active = max(0, min(after, leave + 1) - max(first, person.hire))
        ramp = max(1, person.ramp_months)
        share = Decimal(quota.euros) * ramp_steps(person, quota.month) * active / (ramp * (after - first))
        out[quota.person, quota.month // 3] += int(half_up(share, 6) * 1_000_000)
    return out


def earnings(life: Life, clock: int, given: list[Credit]) -> list[Earning]:
    """Every line, in the order in which the plan accumulates: by day, then by deal key."""
    people = life.roster.people
    limits = window_quotas(life, clock)
    reached: dict[tuple[int, int], int] = defaultdict(int)
    out: list[Earning] = []
    for credit in sorted(given, key=lambda c: (c.person, c.day, c.key)):
        if not _on_plan(people[credit.person], credit.day, clock // DAY):
            continue
        window = (credit.person, int(month_of(np.array([credit.day]))[0]) // 3)
        before = reached[window]
        reached[window] = before + credit.micro
        if limits.get(window, 0) > 0:
            out += _lines(credit, before, limits[window])
    return out


def _on_plan(person: Person, day: int, today: int) -> bool:
    if person.role != AE or day < max(person.hire, FIRST_FISCAL_DAY):
        return False
    return person.leave > today or day <= person.leave


def _lines(credit: Credit, before: int, quota: int) -> list[Earning]:
    after = before + credit.micro
    out = []
    for tier, low, high, rate in TIERS:
        floor = 0 if tier == 1 else int(half_up(Decimal(low) * quota, 0))
        ceiling = int(half_up(Decimal(high) * quota, 0)) if high else max(after, floor)
        part = min(max(after, floor), ceiling) - min(max(before, floor), ceiling)
        if part:
            cents = int(half_up(Decimal(part) / 1_000_000 * Decimal(rate), 2) * 100)
            out.append(Earning(credit.person, credit.deal, credit.day, tier, part, cents))
    return out
