"""Leaderboards against scipy: priors fitted by moments, scores and their intervals, over the library's reps."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped]

from tests import warehouse
from tests.library import Library

pytestmark = pytest.mark.timeout(600)  # whichever comes first builds the library

Row = dict[str, Any]
Group = tuple[Any, ...]


@pytest.fixture(scope="module")
def groups(library: Library) -> dict[Group, list[Row]]:
    """Peers with a closed deal, by period, role and tenure band."""
    found: dict[Group, list[Row]] = defaultdict(list)
    for row in warehouse.found(
        library.database,
        "select kpi.*, coalesce(role, 'unknown') as peer_role from marts.kpi_rep_period as kpi "
        "where period_type in ('month', 'quarter', 'year') and won_deals + lost_deals > 0 "
        "and rep_key <> (select rep_key from core.reps where rep_id = 'unknown')",
    ):
        found[row["period_type"], row["period_start"], row["peer_role"], row["tenure_band"]].append(row)
    return found


def _fitted(peers: list[Row]) -> tuple[float, float, float]:
    """Mean rate and the two parameters, by Kleinman's moments."""
    won = np.array([row["won_deals"] for row in peers], dtype=float)
    cases = np.array([row["won_deals"] + row["lost_deals"] for row in peers], dtype=float)
    mean = won.sum() / cases.sum()
    spread = float((cases * (won / cases - mean) ** 2).sum())
    chance = mean * (1 - mean)
    weight = cases.sum() - (cases**2).sum() / cases.sum() - (len(peers) - 1)
    correlation = (spread / chance - (len(peers) - 1)) / weight if chance and weight else 0.0
    deals = min(max(1 / correlation - 1, 1.0), 10_000.0) if correlation > 0 else 10_000.0
    return mean, mean * deals, (1 - mean) * deals


def _standings(library: Library) -> Iterator[Row]:
    yield from warehouse.found(
        library.database,
        "select standings.*, priors.prior_won, priors.prior_lost from marts.kpi_standings as standings "
        "join marts.kpi_peer_priors as priors using (period_type, period_start, tenure_band) "
        "where priors.peer_role = coalesce(standings.role, 'unknown')",
    )


def test_priors_are_the_moments_of_the_peers(library: Library, groups: dict[Group, list[Row]]) -> None:
    """Every group of peers, and only those of ten or more are fitted."""
    priors = warehouse.found(library.database, "select * from marts.kpi_peer_priors")
    assert len(priors) == len(groups)
    assert any(row["is_fitted"] for row in priors)
    assert not all(row["is_fitted"] for row in priors)
    for row in priors:
        peers = groups[row["period_type"], row["period_start"], row["peer_role"], row["tenure_band"]]
        mean, won, lost = _fitted(peers)
        assert (row["peers"], row["is_fitted"]) == (len(peers), len(peers) >= 10 and 0 < mean < 1)
        assert [float(row[name]) for name in ("mean_rate", "prior_won", "prior_lost")] == pytest.approx(
            [mean, won, lost], rel=1e-5, abs=1e-8
        )


def test_intervals_are_the_beta_quantiles_within_what_is_promised(library: Library) -> None:
    """Shrunk rates by scipy's beta distribution, raw ones by its Wilson interval."""
    seen = set()
    for row in _standings(library):
        seen.add(row["is_shrunk"])
        if row["is_shrunk"]:
            won = row["successes"] + float(row["prior_won"])
            lost = row["cases"] - row["successes"] + float(row["prior_lost"])
            exact = stats.beta(won, lost)
            tolerance = 0.005 if min(won, lost) >= 2 else 0.015
            expected = (exact.mean(), exact.ppf(0.025), exact.ppf(0.975))
            if min(won, lost) < 0.7:
                continue
        else:
            wilson = stats.binomtest(row["successes"], row["cases"]).proportion_ci(method="wilson")
            tolerance = 1e-6
            expected = (row["successes"] / row["cases"], wilson.low, wilson.high)
        found = [float(row[name]) for name in ("score", "score_low", "score_high")]
        assert found == pytest.approx(expected, abs=tolerance), row
    assert seen == {True, False}


def test_who_stands_out_is_listed_once_and_on_one_side(library: Library) -> None:
    """The lists are the standings above and below; nobody is on both."""
    listed = warehouse.found(
        library.database,
        "select standings.standing, top.standing_key is not null as is_top, low.standing_key is not null as is_low "
        "from marts.kpi_standings as standings left join marts.kpi_top_performers as top using (standing_key) "
        "left join marts.kpi_watchlist as low using (standing_key)",
    )
    assert {(row["standing"], row["is_top"], row["is_low"]) for row in listed} <= {
        ("above", True, False), ("below", False, True), ("among", False, False),
    }  # fmt: skip
    assert any(row["is_low"] for row in listed)
