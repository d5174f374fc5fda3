"""The demo company's life: the same every time, consistent in itself, and shaped like a real one."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from demo import store
from demo.clock import DAY, FAR, HORIZON, START, quarter_end
from demo.company import Life, deals_of, generate
from demo.people import AE
from demo.words import LOST, SEGMENTS, WON


@pytest.fixture(scope="module", name="life")
def _life() -> Life:
    return generate(20_000, 42)


def _arrays(part: Any, name: str) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for item in dataclasses.fields(part):
        value = getattr(part, item.name)
        if isinstance(value, np.ndarray):
            yield f"{name}.{item.name}", value
        elif isinstance(value, dict):
            yield from ((f"{name}.{key}", array) for key, array in value.items())
        elif dataclasses.is_dataclass(value):
            yield from _arrays(value, f"{name}.{item.name}")


def _same(one: Life, other: Life) -> list[str]:
    mine, others = dict(_arrays(one, "life")), dict(_arrays(other, "life"))
    assert mine.keys() == others.keys()
    return [name for name in mine if not np.array_equal(mine[name], others[name])]


def test_a_seed_gives_one_life() -> None:
    """Drawn twice, nothing differs; another seed is another company."""
    assert _same(generate(300, 5), generate(300, 5)) == []
    assert "life.changes.amount" in _same(generate(300, 5), generate(300, 6))


def test_disk_keeps_the_life_as_it_was(tmp_path: Any) -> None:
    """Every array comes back with its values and its type."""
    drawn = generate(300, 5)
    store.save(drawn, tmp_path)
    read = store.load(tmp_path)
    assert _same(drawn, read) == []
    assert list(read.roster.people) == drawn.roster.people


@pytest.mark.parametrize(
    ("scale", "deals"), [("small", 2_000), ("medium", 100_000), ("large", 1_000_000), ("750", 750)]
)
def test_scales(scale: str, deals: int) -> None:
    """The names and plain numbers are known."""
    assert deals_of(scale) == deals


@pytest.mark.parametrize("scale", ["", "huge", "-5", "3", "1e6"])
def test_an_unknown_scale_says_what_is_known(scale: str) -> None:
    """The message names the choices."""
    with pytest.raises(ValueError, match="small, medium, large"):
        deals_of(scale)


def test_exactly_the_deals_asked_for_exist_at_the_start(life: Life) -> None:
    """The scale is the number of deals ever created before the clock's start."""
    assert int((life.deals.created < START).sum()) == 20_000
    assert (np.diff(life.deals.created) >= 0).all()


def test_versions_follow_each_other_without_gap_or_overlap(life: Life) -> None:
    """Each state ends where the next begins, and time only goes forward."""
    c = life.changes
    same = c.deal[1:] == c.deal[:-1]
    assert (c.until[:-1][same] == c.since[1:][same]).all()
    assert (c.since[1:][same] > c.since[:-1][same]).all()
    assert (c.until[np.append(~same, True)] == FAR).all()
    assert c.since.max() < HORIZON
    assert (c.previous[1:][same] == np.flatnonzero(same)).all()


def test_nothing_happens_to_a_deal_before_its_birth_or_after_its_deletion(life: Life) -> None:
    """The first state is at the creation, the deletion is the last."""
    c, d = life.changes, life.deals
    first = c.previous < 0
    assert (c.since[first] == d.created).all()
    assert (c.since <= d.deleted[c.deal]).all()
    assert (c.deleted == (c.since == d.deleted[c.deal])).all()


def test_owners_work_here_on_the_day_they_get_a_deal(life: Life) -> None:
    """A deal is given to someone who is employed that day, and nobody keeps open deals after leaving."""
    c, people = life.changes, life.roster.people
    hire = np.array([p.hire for p in people])
    leave = np.array([p.leave for p in people])
    got = (c.previous < 0) | (c.owner != c.owner[np.maximum(c.previous, 0)])
    day = c.since // DAY
    assert (hire[c.owner[got]] <= day[got]).all()
    assert (leave[c.owner[got]] >= day[got]).all()
    still_open = (c.stage < WON) & ~c.deleted
    assert (np.minimum(c.until[still_open], HORIZON) // DAY <= leave[c.owner[still_open]] + 2).all()


def test_lines_add_up_to_the_amount_of_every_won_deal_that_has_them(life: Life) -> None:
    """To the cent, at the end of the deal."""
    c, lines = life.changes, life.lines
    last = np.flatnonzero((c.until == FAR) & (c.stage == WON))
    total = np.zeros(len(life.deals), dtype=np.int64)
    np.add.at(total, lines.deal, lines.quantity * lines.unit_after)
    lined = np.isin(c.deal[last], lines.deal)
    assert lined.mean() > 0.8
    assert (total[c.deal[last]][lined] == c.amount[last][lined]).all()


def test_lines_add_up_to_the_amount_at_any_moment_while_they_exist(life: Life) -> None:
    """From the proposal on, lines and header move together."""
    c, lines = life.changes, life.lines
    for clock in (START, START - 200 * DAY):
        now = np.flatnonzero((c.since <= clock) & (c.until > clock) & ~c.deleted)
        there = lines.since <= clock
        unit = np.where(lines.repriced <= clock, lines.unit_after, lines.unit)
        total = np.zeros(len(life.deals), dtype=np.int64)
        np.add.at(total, lines.deal[there], (lines.quantity * unit)[there])
        lined = total[c.deal[now]] > 0
        assert (total[c.deal[now]][lined] == c.amount[now][lined]).all()


def test_revenue_splits_add_up_to_a_hundred(life: Life) -> None:
    """For every shared deal, and only won ones are shared."""
    s = life.splits
    total = np.bincount(s.deal[~s.overlay], weights=s.percent[~s.overlay])
    assert set(total[total > 0]) == {100.0}
    c = life.changes
    final = c.stage[c.until == FAR]
    reached = life.deals.ended < HORIZON
    shared = np.unique(s.deal)
    assert (final[shared[reached[shared]]] == WON).all()


def test_a_converted_lead_names_the_deal_that_names_it(life: Life) -> None:
    """Lead, deal, account and contact agree."""
    lead = life.links.lead
    made = np.flatnonzero(lead >= 0)
    assert (life.leads.deal[lead[made]] == made).all()
    assert (life.contacts.account[life.links.contact] == life.links.account).all()
    assert (life.contacts.person[life.links.contact[made]] == life.leads.person[lead[made]]).all()
    assert (life.leads.created[lead[made]] < life.deals.created[made]).all()


def test_accounts_are_there_before_their_deals(life: Life) -> None:
    """Nothing refers to what does not exist yet."""
    assert (life.accounts.created[life.links.account] <= life.deals.created).all()
    assert (life.contacts.created[life.links.contact] <= life.deals.created).all()


def test_shapes_are_those_of_a_sales_team(life: Life) -> None:
    """Win rate, cycle, tails, pushes, quarter ends and segments as docs/demo.md says."""
    c, d = life.changes, life.deals
    now = np.flatnonzero((c.since <= START) & (c.until > START) & ~c.deleted)
    deal, stage = c.deal[now], c.stage[now]
    won, lost = stage == WON, stage == LOST
    assert 0.28 < won.sum() / (won | lost).sum() < 0.36
    cycle = c.close[now] - d.created[deal] // DAY
    assert 55 < cycle[won].mean() < 90
    assert np.percentile(cycle[won], 95) > 2.3 * np.median(cycle[won])
    assert 0.03 < (stage < WON).mean() < 0.09
    by_segment = [
        won[d.segment[deal] == s].sum() / (won | lost)[d.segment[deal] == s].sum() for s in range(len(SEGMENTS))
    ]
    assert by_segment[0] > by_segment[1] > by_segment[2]
    close = c.close[now][won]
    assert (quarter_end(close) - close < 12).mean() > 1.7 * 12 / 91
    moved = (c.previous >= 0) & (c.close > c.close[np.maximum(c.previous, 0)])
    assert 0.25 < len(np.unique(c.deal[moved])) / len(d) < 0.95
    back = (c.previous >= 0) & (c.stage < c.stage[np.maximum(c.previous, 0)])
    assert 0.03 < len(np.unique(c.deal[back])) / len(d) < 0.2


def test_reps_differ_and_come_and_go(life: Life) -> None:
    """There are hires, leavers, ramps and skill."""
    reps = [p for p in life.roster.people if p.role == AE]
    assert any(p.leave < START // DAY for p in reps)
    assert any(START // DAY - 900 < p.hire < START // DAY for p in reps)
    assert any(p.hire > START // DAY for p in reps)
    assert np.std([p.skill for p in reps]) > 0.1


def test_hostile_cases_are_there(life: Life) -> None:
    """Amounts missing, deals reopened, deleted, vanished, owners changed."""
    c, d = life.changes, life.deals
    now = (c.since <= START) & (c.until > START)
    assert (c.amount[now] < 0).sum() > 0
    assert (d.reopened < START).sum() > 50
    assert ((d.deleted < START) & (d.purged > START)).sum() > 50
    assert (d.purged < START).sum() > 50
    assert ((d.deleted > START) & (d.deleted < FAR)).sum() > 10
    assert (c.owner != c.owner[np.maximum(c.previous, 0)])[c.previous >= 0].sum() > 200
