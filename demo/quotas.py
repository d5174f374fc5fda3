"""Quotas and the commission plan: what sales operations of the demo company decides."""

from dataclasses import dataclass

import numpy as np

from demo.clock import FAR, FIRST_FISCAL_DAY, day_of, month_of, month_start
from demo.company import Life
from demo.people import AE, Person
from demo.rates import RATE_SCALE, rates_on
from demo.words import WON

EXPECTED_ATTAINMENT = 0.91
YEARLY_RAISE = 0.05
MONTH_SHAPE = (0.85, 0.95, 1.2)
PLAN_ID = "AE-MARGINAL"
PLAN_NAME = "Account Executive, marginal"
COMPONENT = "Bookings"
TIERS = ((1, "0", "1", "0.06"), (2, "1", "1.25", "0.09"), (3, "1.25", "", "0.12"))
"""(tier, from, to, rate) as fractions; the window is the fiscal quarter."""


@dataclass(frozen=True)
class Quota:
    """A month's full quota of one person, in whole euro."""

    person: int
    month: int
    euros: int


def monthly_quota(life: Life) -> dict[tuple[int, int], int]:
    """Full average month in whole euro by (segment, fiscal year): what a seat brings in the long run, stretched.

    Quotas are set top-down and alike for all of a segment, as companies do that know what their market yields.
    """
    c, d = life.changes, life.deals
    last = np.flatnonzero((c.until == FAR) & (c.stage == WON))
    deal = c.deal[last]
    euros = c.amount[last] / 100 * rates_on(d.currency[deal], c.close[last], day_of(2027, 1, 1)) / RATE_SCALE
    months = month_of(c.close[last])
    first, after = (2024 - 1970) * 12, (2027 - 1970) * 12
    out = {}
    for segment in range(3):
        inside = (d.segment[deal] == segment) & (months >= first) & (months < after)
        average = float(euros[inside].sum()) / _seat_months(life, segment, first, after) / EXPECTED_ATTAINMENT
        for year in range(2024, 2028):
            stretched = average * (1 + YEARLY_RAISE) ** (year - 2025)
            out[segment, year] = max(1_000, round(stretched / 1_000) * 1_000)
    return out


def _seat_months(life: Life, segment: int, start: int, end: int) -> float:
    """Full months worked on the segment's seats from `start` to `end` (months since 1970), ramp counted."""
    people = life.roster.people
    total = 0.0
    for person in people:
        if person.role != AE or person.segment != segment:
            continue
        for month in range(start, end):
            first, after = (int(day) for day in month_start(np.array([month, month + 1])))
            worked = max(0, min(after, person.leave + 1) - max(first, person.hire)) / (after - first)
            total += worked * ramp_steps(person, month) / max(1, person.ramp_months)
    return max(1.0, total)


def ramp_steps(person: Person, month: int) -> int:
    """Whole calendar months since the month of hiring, at most the ramp; of `ramp_months` steps."""
    hired = int(month_of(np.array([person.hire]))[0])
    return min(max(1, person.ramp_months), max(0, month - hired))


def quotas(life: Life, clock_day: int) -> list[Quota]:
    """Quotas handed out so far: up to the end of the fiscal quarter that holds the day."""
    base = monthly_quota(life)
    until = (int(month_of(np.array([clock_day]))[0]) // 3 + 1) * 3
    begin = int(month_of(np.array([FIRST_FISCAL_DAY]))[0])
    out = []
    for at, person in enumerate(life.roster.people):
        if person.role != AE or person.hire > clock_day:
            continue
        first = max(begin, int(month_of(np.array([person.hire]))[0]))
        gone = int(month_of(np.array([person.leave]))[0]) + 1 if person.leave <= clock_day else until
        for month in range(first, min(until, gone)):
            euros = base[person.segment, 1970 + month // 12] * MONTH_SHAPE[month % 3]
            out.append(Quota(at, month, round(euros / 100) * 100))
    return out
