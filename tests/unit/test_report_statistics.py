"""Verdicts on a step of the funnel, against published cases and scipy-free arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.statistics import discoveries, two_proportions


@pytest.mark.parametrize(
    ("now", "usual", "z", "p"),
    [((28, 254), (36, 301), -0.344, 0.7307), ((7, 105), (18, 115), -2.0975, 0.0360)],
)
def test_two_proportions_by_the_book(now: tuple[int, int], usual: tuple[int, int], z: float, p: float) -> None:
    """The two worked cases of the metrics."""
    found = two_proportions(*now, *usual)
    assert found is not None
    assert found[0] == pytest.approx(z, abs=5e-4)
    assert found[1] == pytest.approx(p, abs=5e-4)


@pytest.mark.parametrize("counts", [(0, 0, 5, 100), (1, 10, 40, 100), (50, 50, 100, 100), (0, 50, 0, 100)])
def test_no_verdict_from_too_little(counts: tuple[int, int, int, int]) -> None:
    """Nobody entered, an expected cell under 5, or nothing that varies: no verdict."""
    assert two_proportions(*counts) is None


def test_discoveries_are_tested_together() -> None:
    """0.04 alone would stand; among four tests it does not, and 0.001 does."""
    assert discoveries([0.04]) == [True]
    assert discoveries([0.04, 0.5, None, 0.001, 0.9]) == [False, False, False, True, False]
    assert discoveries([]) == []


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12))
def test_a_smaller_p_never_loses_to_a_larger(p_values: list[float | None]) -> None:
    """What stands is a set of smallest p-values."""
    stands = discoveries(p_values)
    kept = [p for p, s in zip(p_values, stands, strict=True) if s and p is not None]
    left = [p for p, s in zip(p_values, stands, strict=True) if not s and p is not None]
    assert not kept or not left or max(kept) <= min(left)
