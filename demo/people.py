"""Who works at the demo company: seats (territories), the people who held them one after the other, teams.

A seat belongs to a segment and a region and opens on a day; it is held by one account executive at a time. Between two
holders a colleague of the team covers, or the manager. `Roster.holder[seat, day]` is the one answer to "whose is it".
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo.clock import BIRTH_DAY, DAY, FAR, HORIZON_DAY, HOUR, START_DAY, Ints
from demo.versions import Versions, versions
from demo.words import FIRST_NAMES, LAST_NAMES

VP, MANAGER, AE, SDR, ENGINEER, SYSTEM = range(6)
ROLES = ("VP Sales", "Sales Manager", "Account Executive", "Sales Development Rep", "Sales Engineer", "Integration")
SENIOR = "Senior Account Executive"
RAMP_MONTHS = (3, 4, 6)
HANDOVER_DAYS = (30, 60, 90)
"""Days after the hire until a new account executive takes over the seat's deals, by segment."""
SEAT_SHARE = (0.34, 0.44, 0.22)
REGION_SHARE = (0.36, 0.2, 0.14, 0.14, 0.16)
TEAM_SIZE = 8
FIRST_EMPLOYEE = 401


@dataclass
class Person:
    """One employee, from hire to leave (FAR while employed)."""

    number: int
    name: str
    role: int
    team: str
    manager: int
    hire: int
    leave: int = FAR
    seat: int = -1
    segment: int = 1
    region: int = 0
    skill: float = 1.0
    promoted: int = FAR

    @property
    def employee_number(self) -> str:
        return f"E-{self.number:04d}" if self.role != SYSTEM else ""

    @property
    def email(self) -> str:
        local = self.name.lower().replace(" ", ".").replace("'", "").replace("ü", "ue")
        return f"{local}.{self.number}@meridian.example"

    @property
    def ramp_months(self) -> int:
        return RAMP_MONTHS[self.segment] if self.role == AE else 0

    @property
    def currency(self) -> str:
        """Everybody is paid in euro, wherever they sell."""
        return "EUR"

    def title(self, day: int) -> str:
        return SENIOR if self.role == AE and self.promoted <= day else ROLES[self.role]


@dataclass
class Roster:
    """The people and the seats.

    `seat_segment`, `seat_region`, `seat_open`, `seat_team` have one value a seat; `holder` is (seats, days since
    BIRTH_DAY) of person numbers (positions in `people`).
    """

    people: list[Person]
    seat_segment: Ints
    seat_region: Ints
    seat_open: Ints
    seat_team: Ints
    team_manager: list[int]
    holder: npt.NDArray[np.int32]

    def held_by(self, seats: Ints, days: Ints) -> Ints:
        """Positions of the people who hold these seats on these days."""
        column = np.clip(days - BIRTH_DAY, 0, self.holder.shape[1] - 1)
        return self.holder[seats, column].astype(np.int64)

    def of_role(self, role: int) -> Ints:
        return np.array([i for i, p in enumerate(self.people) if p.role == role], dtype=np.int64)


def seat_count(deals: int) -> int:
    """Seats for a number of deals: 9 at 2,000, about 300 at 100,000, about 2,400 at 1,000,000."""
    return max(6, round(float(9 * (deals / 2_000) ** 0.9)))


def roster(rng: np.random.Generator, deals: int) -> Roster:
    """Seats, teams, and everyone who ever works here."""
    seats = seat_count(deals)
    segment = np.sort(_apportion(seats, SEAT_SHARE))
    region = rng.permutation(_apportion(seats, REGION_SHARE))
    opened = _openings(rng, segment)
    region = _everywhere(region, opened)
    team = np.where(segment == 2, 1_000, 0) + _within(segment == 2) // TEAM_SIZE
    names, team = np.unique(team, return_inverse=True)
    people = [Person(0, "Integration User", SYSTEM, "", -1, BIRTH_DAY - 900)]
    namer = _namer(rng)
    people.append(_staff(people, next(namer), VP, "Sales", -1, BIRTH_DAY - 1_500))
    managers = []
    for code in names:
        label = f"{'Enterprise' if code >= 1_000 else 'Commercial'} {code % 1_000 + 1}"
        managers.append(len(people))
        people.append(_staff(people, next(namer), MANAGER, label, 1, BIRTH_DAY - int(rng.integers(300, 1_400))))
    for seat in range(seats):
        boss = managers[team[seat]]
        for hire, leave in _tenures(rng, int(opened[seat]), HANDOVER_DAYS[segment[seat]]):
            person = _staff(people, next(namer), AE, people[boss].team, boss, hire)
            person.leave, person.seat = leave, seat
            person.segment, person.region = int(segment[seat]), int(region[seat])
            person.skill = float(np.exp(rng.normal(0, 0.16)))
            person.promoted = hire + int(rng.integers(600, 900))
            people.append(person)
    for role, share in ((SDR, 4), (ENGINEER, 6)):
        for at in range(max(2 if role == SDR else 1, seats // share)):
            boss = managers[at % len(managers)]
            hired = BIRTH_DAY - int(rng.integers(30, 700))
            people.append(_staff(people, next(namer), role, people[boss].team, boss, hired))
    built = Roster(people, segment, region, opened, team, managers, np.zeros((0, 0), np.int32))
    built.holder = _holders(built)
    return built


def _staff(people: list[Person], name: str, role: int, team: str, manager: int, hire: int) -> Person:
    return Person(FIRST_EMPLOYEE + len(people), name, role, team, manager, hire)


def _apportion(count: int, shares: tuple[float, ...]) -> Ints:
    """`count` labels in proportion to the shares, each present while there are enough."""
    edges = np.round(np.cumsum(shares) / sum(shares) * count).astype(np.int64)
    return np.searchsorted(edges, np.arange(count), side="right").astype(np.int64)


def _within(flag: npt.NDArray[np.bool_]) -> Ints:
    """Position of each seat among those with the same flag."""
    return np.where(flag, np.cumsum(flag) - 1, np.cumsum(~flag) - 1).astype(np.int64)


def _openings(rng: np.random.Generator, segment: Ints) -> Ints:
    """Two thirds of each segment's seats are there at the start, the others open later, a few still ahead."""
    seats = len(segment)
    opened = np.full(seats, BIRTH_DAY, dtype=np.int64)
    later = np.concatenate(
        [
            members[len(members) - len(members) // 3 :]
            for members in (np.flatnonzero(segment == part) for part in range(3))
        ]
    )
    later = rng.permutation(later)
    opened[later] = np.linspace(BIRTH_DAY + 150, START_DAY - 150, len(later)).astype(np.int64)
    soon = later[-max(1, seats // 25) :]
    opened[soon] = START_DAY + 21 + np.array(HANDOVER_DAYS)[segment[soon]]
    return opened


def _everywhere(region: Ints, opened: Ints) -> Ints:
    """Every region is sold to from the start: one without a seat then swaps with the region that has most of them."""
    out = region.copy()
    founding = np.flatnonzero(opened == BIRTH_DAY)
    for missing in sorted(set(region.tolist()) - set(region[founding].tolist())):
        most = np.bincount(out[founding]).argmax()
        given, taken = founding[out[founding] == most][-1], np.flatnonzero(out == missing)[0]
        out[given], out[taken] = missing, most
    return out


def _tenures(rng: np.random.Generator, opened: int, handover: int) -> list[tuple[int, int]]:
    """(hire, leave) of a seat's holders in order; leave is the last working day, FAR for the last of them."""
    start = opened - (int(rng.integers(60, 1_200)) if opened == BIRTH_DAY else handover)
    out: list[tuple[int, int]] = []
    while start < HORIZON_DAY:
        leave = max(start + 240, BIRTH_DAY + 60) + int(rng.gamma(2.0, 560))
        out.append((start, leave if leave < HORIZON_DAY else FAR))
        start = leave + int(rng.integers(20, 75))
    return out


def _namer(rng: np.random.Generator) -> Iterator[str]:
    pairs = len(FIRST_NAMES) * len(LAST_NAMES)
    while True:
        for pick in rng.permutation(pairs):
            yield f"{FIRST_NAMES[pick % len(FIRST_NAMES)]} {LAST_NAMES[pick // len(FIRST_NAMES)]}"


def _holders(built: Roster) -> npt.NDArray[np.int32]:
    """Seat x day -> person; a vacancy is covered by the next seat of the team that is held, else by the manager."""
    days = HORIZON_DAY - BIRTH_DAY + 1
    own = np.full((len(built.seat_open), days), -1, dtype=np.int32)
    for at, person in enumerate(built.people):
        if person.role == AE:
            taken = person.hire if person.hire < BIRTH_DAY else person.hire + HANDOVER_DAYS[person.segment]
            own[person.seat, max(taken - BIRTH_DAY, 0) : max(min(person.leave + 1 - BIRTH_DAY, days), 0)] = at
    out = own.copy()
    for team, manager in enumerate(built.team_manager):
        members = np.flatnonzero(built.seat_team == team)
        for shift in range(1, len(members)):
            gaps = out[members] < 0
            out[members] = np.where(gaps, own[np.roll(members, -shift)], out[members])
        out[members] = np.where(out[members] < 0, manager, out[members])
    return out


def user_versions(built: Roster) -> Versions:
    """The CRM's users over time. State: active (0 or 1), senior (0 or 1)."""
    people = built.people
    created = np.array([p.hire for p in people], dtype=np.int64) * DAY + 6 * HOUR
    everyone = np.arange(len(people))
    leave = np.array([p.leave for p in people], dtype=np.int64)
    promoted = np.array([p.promoted for p in people], dtype=np.int64)
    gone = np.flatnonzero(leave < FAR)
    risen = np.flatnonzero((promoted < FAR) & (promoted < leave))
    first = {"active": np.ones(len(everyone), np.int64), "senior": np.zeros(len(everyone), np.int64)}
    return versions(
        created,
        first,
        [
            ("active", gone, (leave[gone] + 1) * DAY + 6 * HOUR, np.zeros(len(gone), np.int64)),
            ("senior", risen, promoted[risen] * DAY + 6 * HOUR, np.ones(len(risen), np.int64)),
        ],
    )
