"""Pipeline movements reckoned the slow and obvious way: deal by deal, change by change, period by period."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from attain.settings import Database
from tests import warehouse
from tests.pipeline_reference import rates

Subject = tuple[str, str, str]
Row = dict[str, Decimal]
Key = tuple[str, str, date, date, Subject]

ENTRIES = ("created", "reopened", "restored", "pulled_in", "pushed_in")
EXITS = ("won", "lost", "deleted", "pushed_out", "pulled_out")
CATEGORIES = (*ENTRIES, "transferred_in", "transferred_out", "increased", "decreased", *EXITS)
_ORIGIN = date(1, 1, 1)


@dataclass(frozen=True)
class State:
    """A deal from a day on."""

    day: date
    subject: Subject
    close: date | None
    local: Decimal
    currency: str
    is_open: bool
    is_deleted: bool
    outcome: str


@dataclass(frozen=True)
class View:
    """A scope over a period: which open deals count."""

    scope: str
    start: date
    end: date

    def due(self, state: State) -> bool:
        """Whether its close date lies where the scope looks."""
        return self.scope == "open" or (state.close is not None and self.start <= state.close < self.end)

    def holds(self, state: State | None) -> bool:
        """Whether the deal is in the balance."""
        return state is not None and state.is_open and self.due(state)


class Reference:
    """All deals' states of a built warehouse, and what moved between any two days."""

    def __init__(self, database: Database, as_of: date) -> None:
        self.as_of = as_of
        self.rate = rates(database)
        self.deals = [_cut(states, _teams(database), as_of) for states in _states(database)]

    def rows(self, periods: list[tuple[date, date]]) -> dict[Key, Row]:
        """Every waterfall with anything in it: opening, categories, revalued, closing."""
        found: dict[Key, Row] = {}
        for start, end in periods:
            for scope in ("open", "target"):
                view = View(scope, start, end)
                opening, closing = (
                    self._balance(view, start, start),
                    self._balance(view, end, min(end - timedelta(days=1), self.as_of)),
                )
                for basis in ("gross", "net"):
                    moved: dict[Subject, Row] = defaultdict(lambda: defaultdict(Decimal))
                    for deal in self.deals:
                        for subject, category, amount in (self._gross if basis == "gross" else self._net)(deal, view):
                            moved[subject][category] += amount
                    for subject in {*opening, *closing, *moved}:
                        row = dict(moved[subject]) | {"opening": opening[subject], "closing": closing[subject]}
                        row["revalued"] = row["closing"] - row["opening"] - sum(moved[subject].values(), Decimal(0))
                        found[scope, basis, start, end, subject] = row
        return found

    def _balance(self, view: View, before: date, priced: date) -> dict[Subject, Decimal]:
        found: dict[Subject, Decimal] = defaultdict(Decimal)
        for deal in self.deals:
            state = _standing(deal, before)
            if state is not None and view.holds(state):
                found[state.subject] += state.local * self.rate(state.currency, priced)
        return found

    def _worth(self, state: State, day: date) -> Decimal:
        return state.local * self.rate(state.currency, day)

    def _gross(self, deal: list[State], view: View) -> Iterator[tuple[Subject, str, Decimal]]:
        for before, after in zip([None, *deal[:-1]], deal, strict=True):
            if view.start <= after.day < view.end:
                yield from self._told(before, after, view)

    def _told(self, before: State | None, after: State, view: View) -> Iterator[tuple[Subject, str, Decimal]]:
        now = self._worth(after, after.day)
        if before is None or not before.is_open:
            yield from _coming(before, after, view, now)
            return
        then, was = self._worth(before, after.day), view.holds(before)
        if was and before.subject != after.subject:
            yield before.subject, "transferred_out", -then
            yield after.subject, "transferred_in", then
        if not was and view.due(after) and not after.is_deleted:
            yield after.subject, "pushed_in" if (before.close or _ORIGIN) < view.start else "pulled_in", then
        if was and not view.due(after):
            yield after.subject, "pulled_out" if (after.close or _ORIGIN) < view.start else "pushed_out", -then
        elif was and after.is_deleted:
            yield after.subject, "deleted", -then
        elif view.due(after) and not after.is_deleted:
            if now != then:
                yield after.subject, "increased" if now > then else "decreased", now - then
            if not after.is_open:
                yield after.subject, after.outcome, -now

    def _net(self, deal: list[State], view: View) -> Iterator[tuple[Subject, str, Decimal]]:
        inside = [
            (before, after) for before, after in zip([None, *deal[:-1]], deal, strict=True)
            if view.start <= after.day < view.end
        ]  # fmt: skip
        if not inside:
            return
        start, end = inside[0][0], inside[-1][1]
        seen = [
            (before, after) for before, after in inside if view.due(after) or (before is not None and view.due(before))
        ]
        told = [each for before, after in seen for each in self._told(before, after, view)]
        entries = [each for each in told if each[1] in ENTRIES]
        exits = [each for each in told if each[1] in EXITS]
        if view.holds(start):
            assert start is not None
            owner, value, category = start.subject, self._worth(start, seen[0][1].day), None
        elif entries:
            owner, category, value = entries[-1]
            category = category if category in ("pulled_in", "pushed_in") else _by_start(start, view)
        if view.holds(end):
            last, left, out = end.subject, self._worth(end, seen[-1][1].day), None
        elif exits and (view.holds(start) or exits[-1][1] in ("won", "lost")):
            last, out, left = exits[-1][0], exits[-1][1], -exits[-1][2]
        else:
            return
        if category:
            yield owner, category, value
        if owner != last:
            yield owner, "transferred_out", -value
            yield last, "transferred_in", value
        if left != value:
            yield last, "increased" if left > value else "decreased", left - value
        if out:
            yield last, out, -left


def published(database: Database) -> dict[Key, Row]:
    """The same as pipeline_movements answers it; a period under two names must say the same twice."""
    names = ("opening", *CATEGORIES, "revalued", "closing")
    found: dict[Key, Row] = {}
    for row in warehouse.found(database, "select * from marts.pipeline_movements"):
        subject = (row["rep_key"], row["team"], row["segment"])
        key = (row["scope"], row["basis"], row["period_start"], row["period_end"], subject)
        told = {name: row[f"{name}_amount"] for name in names}
        assert found.setdefault(key, told) == told
    return found


def differences(ours: dict[Key, Row], theirs: dict[Key, Row]) -> list[tuple[Key, str, Decimal, Decimal]]:
    """Figures that are not the same to the cent."""
    names = ("opening", *CATEGORIES, "revalued", "closing")
    nothing: Row = {}
    return [
        (key, name, one.get(name, Decimal(0)), other.get(name, Decimal(0)))
        for key in sorted({*ours, *theirs})
        for one, other in [(ours.get(key, nothing), theirs.get(key, nothing))]
        for name in names
        if abs(one.get(name, Decimal(0)) - other.get(name, Decimal(0))) >= Decimal("0.005")
    ]


def _coming(before: State | None, after: State, view: View, now: Decimal) -> Iterator[tuple[Subject, str, Decimal]]:
    if not view.due(after):
        return
    if after.is_open:
        yield after.subject, _by_start(before, view), now
    elif not after.is_deleted and (before is None or (not before.is_deleted and before.outcome != after.outcome)):
        yield after.subject, "created" if before is None else "reopened", now
        yield after.subject, after.outcome, -now


def _by_start(start: State | None, view: View) -> str:
    if start is None:
        return "created"
    if start.is_deleted:
        return "restored"
    if not start.is_open:
        return "reopened"
    return "pushed_in" if (start.close or _ORIGIN) < view.start else "pulled_in"


def _standing(deal: list[State], before: date) -> State | None:
    return next((state for state in reversed(deal) if state.day < before), None)


def _cut(states: list[State], teams: dict[str, list[tuple[date, str]]], as_of: date) -> list[State]:
    """Each open state again on every day on which its owner's team became another, less changes that move nothing."""
    found: list[State] = []
    for state, following in zip(states, [*states[1:], None], strict=True):
        held = teams.get(state.subject[0], [(_ORIGIN, "not recorded")])
        team = next(name for day, name in reversed(held) if day <= state.day)
        found.append(_with_team(state, state.day, team))
        for day, name in held:
            ends = following.day if following else date.max
            if state.is_open and state.day < day < ends and day <= as_of:
                found.append(_with_team(state, day, name))
    return [each for at, each in enumerate(found) if at == 0 or replace(each, day=found[at - 1].day) != found[at - 1]]


def _with_team(state: State, day: date, team: str) -> State:
    rep, _, segment = state.subject
    return replace(state, day=day, subject=(rep, team, segment))


def _teams(database: Database) -> dict[str, list[tuple[date, str]]]:
    found: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for row in warehouse.found(database, "select * from core.reps_history order by rep_key, valid_from"):
        held = found[row["rep_key"]]
        held.append((row["valid_from"] if held else _ORIGIN, row["team"] or "not recorded"))
    return found


def _states(database: Database) -> list[list[State]]:
    rows = warehouse.found(
        database,
        "select changes.*, coalesce(accounts.segment, 'not recorded') as segment from core.opportunity_changes as changes "
        "inner join core.opportunities as deals using (opportunity_key) "
        "left join core.accounts as accounts on accounts.account_key = deals.account_key "
        "order by opportunity_key, change_number",
    )
    found: dict[Any, list[State]] = defaultdict(list)
    for row in rows:
        subject = (row["rep_key"], "", row["segment"])
        local = row["amount_local"] or Decimal(0)
        found[row["opportunity_key"]].append(
            State(
                row["change_date"], subject, row["close_date"], local, row["currency_code"], row["is_open"],
                row["is_deleted"], row["outcome"],
            )
        )  # fmt: skip
    return list(found.values())
