"""What is stored of an object between runs, and when its ids are compared."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.salesforce.bulk_job import Job
from extract.salesforce.state import MANY, Place, State, Window

THEN = datetime(2026, 9, 10, 6, tzinfo=UTC)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it


@given(st.none() | TIMES, TIMES, st.lists(st.text()), st.none() | TIMES, st.integers(0), st.none() | st.text())
def test_a_cursor_brings_everything_back(
    since: datetime | None, until: datetime, fields: list[str], swept: datetime | None, ids: int, locator: str | None
) -> None:
    """Through JSON, as the database keeps it, in the middle of a window and after it."""
    window, place = Window(since, until), Place(3, 17, {"locator": locator} if locator else None)
    whole = State(since, tuple(fields), swept, ids, covered=swept)
    standing = whole.at(window, Job("750", "Thing", "68.0", "unknown"), place)
    for state in (whole, standing):
        assert State.read(json.loads(json.dumps(state.cursor()))) == state
    assert standing.going_on("Thing") == (window, Job("750", "Thing", "68.0", "unknown"), place)
    assert standing.done(window, 20).going_on("Thing") is None
    assert standing.done(window, 20).since == until


def test_before_the_first_landing_nothing_is_known() -> None:
    """An empty cursor is a first run."""
    assert State.read({}) == State()


def test_a_cursor_of_an_earlier_version_is_understood() -> None:
    """It held the locator of the page to come alone, and had no word of deletions that are told."""
    job = {
        "id": "750",
        "version": "68.0",
        "since": None,
        "until": THEN.isoformat(),
        "locator": "abc",
        "pages": 2,
        "rows": 9,
    }
    state = State.read({"since": None, "swept": None, "fields": ["Id"], "ids": 0, "job": job})
    left = state.going_on("Thing")
    assert left == (Window(None, THEN), Job("750", "Thing", "68.0", "unknown"), Place(2, 9, {"locator": "abc"}))
    assert state.covered is None


def test_a_window_read_by_rest_goes_on_without_a_job() -> None:
    """After its last row."""
    place = Place(1, 2_000, {"modstamp": THEN.isoformat(), "id": "01J"})
    state = State.read(json.loads(json.dumps(State().at(Window(None, THEN), None, place).cursor())))
    assert state.going_on("Thing") == (Window(None, THEN), None, place)


@pytest.mark.parametrize(
    ("ids", "later", "told", "due"),
    [
        (5, timedelta(0), False, False), (5, timedelta(seconds=1), False, True), (MANY, timedelta(minutes=5), False, True),
        (MANY + 1, timedelta(hours=23), False, False), (MANY + 1, timedelta(days=1), False, True),
        (5, timedelta(days=6), True, False), (5, timedelta(days=7), True, True), (MANY + 1, timedelta(days=8), True, True),
    ],
)  # fmt: skip
def test_ids_are_compared_when_nothing_tells_of_deletions_or_a_week_has_passed(
    ids: int, later: timedelta, told: bool, due: bool
) -> None:
    """Untold, of few records on each run, of many once a day; told, as often as is set."""
    assert State(swept=THEN, ids=ids).is_sweep_due(THEN + later, timedelta(days=7), told=told) is due


def test_a_first_load_needs_no_comparison() -> None:
    """It holds every id that there is; a later window does not."""
    assert State().done(Window(None, THEN), 7) == State(since=THEN, swept=THEN, ids=7, covered=THEN)
    assert State().done(Window(THEN, THEN), 7).swept is None
    assert State(swept=THEN, ids=9).done(Window(None, THEN + timedelta(1)), 7).ids == 9
