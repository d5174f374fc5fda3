"""Goals and the talks about them: a year of the company, its quarters, regions, teams and reps, as people set them.

They nearly add up, on purpose: most teams hand out a little more than they owe, some less; a few goals serve none above
them, a few cannot be measured, some were dropped; talks are held on time, late or never. Nothing here is drawn: what
varies does so by the numbers of people, teams and quarters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from demo.clock import FAR, FIRST_FISCAL_DAY, as_date, day_of, month_of
from demo.company import Life
from demo.people import SDR, VP, Person
from demo.quotas import MONTH_SHAPE, Quota
from demo.words import REGIONS

GOAL_COLUMNS = (
    "goal_id", "parent_goal_id", "goal_name", "description", "subject_level", "rep_id", "subject_name", "measure",
    "period_type", "period_start", "target_amount", "currency_code", "status", "owner_id", "created_at", "updated_at",
)  # fmt: skip
CHECKIN_COLUMNS = ("checkin_id", "goal_id", "planned_date", "held_date", "rating", "note", "reviewer_id", "updated_at")
_TEAM_ASKS = (95, 97, 100, 106)
"""Percent of what its reps carry that a team owes: below 100 it is over-assigned."""
_COMPANY_ASKS = 94
_QUARTERS_IN_YEAR = 4.35
_PIPELINE_PER_BOOKING = 4
_NOTES = (
    "On track",
    "Two deals slipped, plan agreed",
    "Pipeline too thin, more outreach",
    "Ahead of plan",
    "Blocked by legal",
)
_CHECKIN_DAYS = (20, 50, 80)


@dataclass(frozen=True)
class Goal:
    """A goal, by default of bookings in a quarter.

    `start` is the period's first day, `since` the day it was set, `until` the day its rep was released from it (FAR: not),
    `number` what its talks vary by.
    """

    goal_id: str
    name: str
    level: str
    subject: str
    start: int
    target: int
    owner: str
    reviewer: str
    since: int
    number: int = 0
    parent: str = ""
    measure: str = "bookings"
    period_type: str = "quarter"
    status: str = "active"
    until: int = FAR


def goals(life: Life, given: Sequence[Quota], today: int) -> list[Goal]:
    """Goals set up to a day, from the quotas handed out by then."""
    carried = _by_quarter(given)
    out: list[Goal] = []
    first = int(month_of(np.array([FIRST_FISCAL_DAY]))[0])
    for quarter in range(first // 3, int(month_of(np.array([today]))[0]) // 3 + 1):
        out += _quarter(life, carried.get(quarter, {}), quarter, today)
    return out


def _by_quarter(given: Sequence[Quota]) -> dict[int, dict[int, dict[int, int]]]:
    """Quarter -> person -> month -> whole euro."""
    out: dict[int, dict[int, dict[int, int]]] = {}
    for quota in given:
        out.setdefault(quota.month // 3, {}).setdefault(quota.person, {})[quota.month] = quota.euros
    return out


def _quarter(life: Life, carried: dict[int, dict[int, int]], quarter: int, today: int) -> Iterator[Goal]:
    people = life.roster.people
    year, number = 1970 + quarter // 4, quarter % 4 + 1
    start = day_of(year, quarter % 4 * 3 + 1, 1)
    label = f"{year}-Q{number}"
    full = {
        at: round(months[quarter * 3] / MONTH_SHAPE[0] * sum(MONTH_SHAPE))
        for at, months in carried.items()
        if people[at].hire <= start and quarter * 3 in months
    }
    owed = _owed(people, full, quarter)
    yield from _company(people, sum(owed.values()), year, number, start)
    yield from _regions(people, full, label, start)
    head = _head(people)
    for boss, target in owed.items():
        team, manager = people[boss].team, people[boss].employee_number
        name = f"Bookings {label}, {team}"
        yield Goal(f"G-{label}-{team}", name, "team", team, start, target, manager, head, start, boss, f"G-{label}")
    yield from _reps(people, carried, set(owed), label, start, today)
    yield from _outreach(people, label, start)


def _head(people: Sequence[Person]) -> str:
    return next(p.employee_number for p in people if p.role == VP)


def _owed(people: Sequence[Person], full: dict[int, int], quarter: int) -> dict[int, int]:
    """What each manager's team owes."""
    carried: dict[int, int] = {}
    for at, euros in full.items():
        carried[people[at].manager] = carried.get(people[at].manager, 0) + euros
    return {
        boss: _round(euros * _TEAM_ASKS[(quarter + turn) % 4] // 100, 1_000)
        for turn, (boss, euros) in enumerate(sorted(carried.items()))
    }


def _company(people: Sequence[Person], owed: int, year: int, number: int, start: int) -> Iterator[Goal]:
    """The year's bookings, the quarter's, and a wish that nobody can measure."""
    head, label = _head(people), f"{year}-Q{number}"
    whole = _round(owed * _COMPANY_ASKS // 100, 10_000)
    if number == 1:
        target = _round(int(whole * _QUARTERS_IN_YEAR), 100_000)
        yield Goal(f"G-{year}", f"Bookings {year}", "company", "", start, target, head, head, start, period_type="year")
    name = f"Bookings {label}"
    yield Goal(f"G-{label}", name, "company", "", start, whole, head, head, start, parent=f"G-{year}")
    yield Goal(
        f"G-{label}-focus", "Become more customer-centric", "company", "", start, -1, head, head, start,
        parent=f"G-{label}", measure="", status="draft" if number == 3 else "active",
    )  # fmt: skip


def _regions(people: Sequence[Person], full: dict[int, int], label: str, start: int) -> Iterator[Goal]:
    """Pipeline to be made in each region; the company has no such goal above them."""
    head = _head(people)
    by_region: dict[int, int] = {}
    for at, euros in full.items():
        by_region[people[at].region] = by_region.get(people[at].region, 0) + euros
    for region, euros in sorted(by_region.items()):
        target, word = _round(euros * _PIPELINE_PER_BOOKING, 10_000), REGIONS[region]
        name = f"Pipeline {label}, {word}"
        yield Goal(
            f"G-{label}-R{region + 1}",
            name,
            "region",
            word,
            start,
            target,
            head,
            head,
            start,
            measure="pipeline_created",
        )


def _reps(
    people: Sequence[Person], carried: dict[int, dict[int, int]], bosses: set[int], label: str, start: int, today: int
) -> Iterator[Goal]:
    """Each account executive's quota of the quarter; who leaves is released from it, one in eleven serves no other goal."""
    for at, months in sorted(carried.items()):
        p = people[at]
        number, left = p.employee_number, p.leave <= today and p.leave < start + 91
        loose = p.manager not in bosses or (p.number + start) % 11 == 0
        yield Goal(
            f"G-{label}-{number}", f"Bookings {label}, {p.name}", "rep", number, start, sum(months.values()), number,
            people[p.manager].employee_number, max(start, p.hire), p.number,
            parent="" if loose else f"G-{label}-{p.team}", status="cancelled" if left else "active", until=p.leave if left else FAR,
        )  # fmt: skip


def _outreach(people: Sequence[Person], label: str, start: int) -> Iterator[Goal]:
    """What sales development is asked for serves no goal above it."""
    for p in people:
        if p.role != SDR or p.hire > start or p.leave <= start:
            continue
        measure, target = ("calls", 260) if p.number % 2 else ("emails", 320)
        number, name = p.employee_number, f"Outreach {label}, {p.name}"
        boss = people[p.manager].employee_number
        yield Goal(
            f"G-{label}-{number}", name, "rep", number, start, target, number, boss, start, p.number, "", measure
        )


def goal_rows(found: Sequence[Goal]) -> list[tuple[object, ...]]:
    """`goals.csv`."""
    return [
        (
            g.goal_id, g.parent, g.name, f"{g.measure} as the warehouse counts them" if g.measure else "",
            g.level, g.subject if g.level == "rep" else "", g.subject if g.level in ("team", "region") else "",
            g.measure, g.period_type, as_date(g.start), g.target if g.target >= 0 else "",
            "EUR" if g.measure in ("bookings", "pipeline_created") else "", g.status, g.owner,
            _morning(g.since), _morning(g.since if g.until == FAR else g.until),
        )
        for g in found
    ]  # fmt: skip


def checkin_rows(found: Sequence[Goal], today: int) -> list[tuple[object, ...]]:
    """`goal_checkins.csv`: three talks a quarter about each goal of a team or rep; four in five are held within six days."""
    out: list[tuple[object, ...]] = []
    for g in found:
        if g.level not in ("team", "rep"):
            continue
        for at, days in enumerate(_CHECKIN_DAYS):
            planned = g.start + days
            if planned > today + 30 or not g.since <= planned < g.until:
                continue
            luck = (g.number * 31 + g.start * 7 + at * 53) % 100
            held = FAR if luck < 9 else planned + (luck % 7 if luck >= 20 else 8 + luck)
            done = held <= today
            rating = 1 + (g.number + g.start + at * 3) % 5
            out.append((
                f"{g.goal_id}-{at + 1}", g.goal_id, as_date(planned), as_date(held) if done else "",
                rating if done else "", _NOTES[(rating + at) % 5] if done else "", g.reviewer, _morning(held if done else g.since),
            ))  # fmt: skip
    return out


def _morning(day: int) -> str:
    return f"{as_date(day)}T05:00:00Z"


def _round(euros: int, step: int) -> int:
    return max(step, (euros + step // 2) // step * step)
