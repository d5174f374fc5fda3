"""What the demo company knows of itself closes, adds up, and is exact."""

import itertools
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import state as states
from demo import truth
from demo.clock import DAY, START, day_of
from demo.state import State
from demo.truth_commission import Credit, _lines, half_up


@pytest.fixture(scope="module", name="state")
def _state(tmp_path_factory: pytest.TempPathFactory) -> State:
    return states.build(tmp_path_factory.mktemp("demo"), "2000", 42)


@pytest.fixture(scope="module", name="told")
def _told(state: State) -> truth.Truth:
    return truth.at(state)


def test_movements_close_and_chain(state: State, told: truth.Truth) -> None:
    """Opening + movements = closing, which is the next quarter's opening within a year of one rate."""
    quarters = sorted({quarter for _, quarter in told.movements})
    for quarter, following in itertools.pairwise(quarters):
        if quarter.year != following.year:
            continue
        closing = {o: s["closing"] for (o, q), s in told.movements.items() if q == quarter and s["closing"]}
        opening = {o: s["opening"] for (o, q), s in told.movements.items() if q == following and s["opening"]}
        assert closing == opening
    last = sum(steps["closing"] for (_, quarter), steps in told.movements.items() if quarter == quarters[-1])
    life = state.life()
    c = life.changes
    now = (c.since <= START) & (c.until > START) & ~c.deleted & (c.stage < 6) & (life.deals.purged[c.deal] > START)
    worth = truth.value(life, c.deal[now], c.amount[now], np.full(now.sum(), START // DAY), START)
    assert last == Decimal(int(worth.sum())) / 1_000_000


def test_transfers_cancel_out(told: truth.Truth) -> None:
    """In every quarter, over all owners."""
    for quarter in {quarter for _, quarter in told.movements}:
        steps = [steps for (_, q), steps in told.movements.items() if q == quarter]
        assert sum(s["transferred_in"] + s["transferred_out"] for s in steps) == 0


def test_bookings_are_the_won_deals(told: truth.Truth) -> None:
    """By owner and quarter they add up to all won deals."""
    assert sum(told.bookings.values()) == told.deals["won"][1]


def test_commission_is_in_cents_and_believable(told: truth.Truth) -> None:
    """About six percent of bookings, to the cent, nothing negative."""
    assert all(amount == amount.quantize(Decimal("0.01")) and amount > 0 for amount in told.commission.values())
    since_plan = sum(v for (_, quarter), v in told.bookings.items() if quarter.year >= 2024)
    assert Decimal("0.05") < sum(told.commission.values()) / since_plan < Decimal("0.08")


def test_figures_look_like_a_company(told: truth.Truth) -> None:
    """Attainment and coverage in the range of real teams."""
    won, lost = told.deals["won"], told.deals["lost"]
    assert 0.25 < won[0] / (won[0] + lost[0]) < 0.37
    assert 30_000 < won[1] / won[0] < 80_000


def test_counts_are_what_the_api_shows(told: truth.Truth) -> None:
    """Every object is counted, with its deleted rows apart."""
    assert told.counts["Opportunity"].live == sum(number for number, _ in told.deals.values())
    assert told.counts["Opportunity"].all > told.counts["Opportunity"].live


def test_truth_later_knows_what_was_seen_before(tmp_path: Path) -> None:
    """A deal purged after it was seen is a deletion; one purged before anybody looked never was."""
    built = states.build(tmp_path / "demo", "6000", 42)
    life = built.life()
    moved = State(built.folder, built.deals, built.seed, START + 120 * DAY)
    watched = truth.at(moved, seen=[START + n * 7 * DAY for n in range(18)] + [moved.clock], life=life)
    once = truth.at(moved, life=life)
    assert watched.deals == once.deals
    deleted = [sum(s["deleted"] for s in t.movements.values()) for t in (watched, once)]
    assert deleted[0] < deleted[1] < 0


def test_marginal_tiers_by_hand() -> None:
    """Quota 100,000; 80,000 stands; a deal of 60,000 reaches into all three tiers."""
    credit = Credit(1, 1, "k", day_of(2026, 5, 1), 60_000 * 1_000_000)
    lines = _lines(credit, 80_000 * 1_000_000, 100_000 * 1_000_000)
    assert [(line.tier, line.micro // 1_000_000, line.cents) for line in lines] == [
        (1, 20_000, 120_000), (2, 25_000, 225_000), (3, 15_000, 180_000),
    ]  # fmt: skip


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=8), st.integers(1, 10**12))
def test_marginal_pay_does_not_depend_on_the_order_of_credits(parts: list[int], quota: int) -> None:
    """Up to the cents that rounding each line may cost."""

    def paid(order: list[int]) -> int:
        before, cents = 0, 0
        for micro in order:
            cents += sum(line.cents for line in _lines(Credit(1, 1, "k", 0, micro), before, quota))
            before += micro
        return cents

    assert abs(paid(parts) - paid(parts[::-1])) <= 3 * len(parts)


@pytest.mark.parametrize(
    ("value", "rounded"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("0.0049", "0.00"), ("1.125", "1.13")]
)
def test_half_up_is_away_from_zero(value: str, rounded: str) -> None:
    """As payroll rounds."""
    assert half_up(Decimal(value), 2) == Decimal(rounded)


def test_local_days_are_those_of_berlin() -> None:
    """Late in the evening in UTC it is already tomorrow there."""
    from demo.clock import moment

    moments = np.array([moment("2026-07-01T22:30:00Z"), moment("2026-01-01T22:30:00Z"), moment("2026-01-01T23:30:00Z")])
    assert truth.local_days(moments).tolist() == [day_of(2026, 7, 2), day_of(2026, 1, 1), day_of(2026, 1, 2)]


def test_truth_of_a_copied_folder_is_the_same(state: State, tmp_path: Path) -> None:
    """It depends on seed and clock alone."""
    other = states.build(tmp_path / "copy", "2000", 42)
    assert truth.at(other) == truth.at(state)


def test_recurring_revenue_closes_chains_and_moves_in_every_way(told: truth.Truth) -> None:
    """Opening and movements give the closing, which is the next month's opening; each kind of movement occurs."""
    months = list(told.revenue.values())
    for month, following in itertools.pairwise(months):
        assert following["opening"] == month["closing"]
    for month in months:
        gains = month["new"] + month["expansion"] + month["reactivation"]
        assert month["opening"] + gains - month["contraction"] - month["churn"] == month["closing"]
    for name in ("new", "expansion", "contraction", "churn", "reactivation"):
        assert sum(month[name] for month in months) > 0, name


def test_media_cost_what_the_platforms_charged(told: truth.Truth) -> None:
    """The books of a month that is final hold its advertising, beside salaries and events."""
    charged = sum(row["cost"] or 0 for (day, _), row in told.traffic.items() if (day.year, day.month) == (2026, 7))
    assert 0 < charged < told.costs[date(2026, 7, 1), "marketing"]
    assert max(month for month, _ in told.costs) == date(2026, 8, 1)
