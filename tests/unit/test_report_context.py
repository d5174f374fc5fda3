"""Fiscal quarters for any start month."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.period import fiscal_quarters


@pytest.mark.parametrize(
    ("today", "start_month", "title", "start"),
    [
        (date(2026, 9, 10), 1, "Q3 2026", date(2026, 7, 1)),
        (date(2026, 1, 1), 1, "Q1 2026", date(2026, 1, 1)),
        (date(2026, 1, 31), 2, "Q4 FY2026", date(2025, 11, 1)),
        (date(2026, 2, 1), 2, "Q1 FY2027", date(2026, 2, 1)),
        (date(2025, 12, 31), 10, "Q1 FY2026", date(2025, 10, 1)),
    ],
)
def test_the_fiscal_quarter_of_a_day(today: date, start_month: int, title: str, start: date) -> None:
    """A fiscal year is named for the year it ends in."""
    quarter = fiscal_quarters(today, start_month)[-1]
    assert (quarter.title, quarter.start) == (title, start)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 12))
def test_quarters_follow_each_other(today: date, start_month: int) -> None:
    """The last one holds the day, each starts where the one before ends, and four make a fiscal year."""
    quarters = fiscal_quarters(today, start_month)
    assert quarters[-1].start <= today < quarters[-1].end
    assert all(a.end == b.start for a, b in itertools.pairwise(quarters))
    assert all((q.start.month - start_month) % 3 == 0 for q in quarters)
    assert [q.name for q in quarters if q.start.month == start_month] == ["Q1"] * sum(
        q.start.month == start_month for q in quarters
    )
