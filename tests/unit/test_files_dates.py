"""Dates and times of a column: what is read, what is decided, what is refused."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attain.table import DATE, FLAG, TIME, Column
from extract.files.parsing.column import Formats, Undecided, parse
from extract.files.parsing.dates import order_of

DAY = Column("close_date", DATE)
MOMENT = Column("created_at", TIME)


def read(column: Column, *texts: str | None, **formats: Any) -> list[Any]:
    parsed = parse(column, pa.array(texts, pa.string()), Formats(**formats))
    return [
        "bad" if bad else value for value, bad in zip(parsed.values.to_pylist(), parsed.bad.to_pylist(), strict=True)
    ]


@pytest.mark.parametrize(
    "text",
    ["2026-03-04", "2026/3/4", "2026.03.04", "20260304", "2026-03-04 00:00:00", "2026-03-04T23:30:00+02:00", "4 March 2026",
     "4-Mar-26", "Mar 4, 2026", "March 4th, 2026", "Wed, 4 Mar 2026 10:00:00 +0000", "04.03.2026", "4. März 2026", " 2026-03-04 "],
)  # fmt: skip
def test_a_day_in_many_forms(text: str) -> None:
    """A date is the day as written: no time or offset shifts it."""
    assert read(DAY, text) == [date(2026, 3, 4)]


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "31/31/26",
        "0000-01-01",
        "2026-13-01",
        "yesterday",
        "2026-03",
        "12",
        "45000",
        "2026-03-04 25:00",
        "10:00",
    ],
)
def test_what_is_no_day_is_bad(text: str) -> None:
    """What the calendar does not have is bad, not the next day."""
    assert read(DAY, text, order="dmy") == ["bad"]


def test_one_value_decides_the_order_for_all() -> None:
    """`02/23/26` proves month first for `02/03/24`."""
    assert read(DAY, "02/03/24", "02/23/26", None) == [date(2024, 2, 3), date(2026, 2, 23), None]
    assert read(DAY, "02/03/24", "23/02/26") == [date(2024, 3, 2), date(2026, 2, 23)]


@pytest.mark.parametrize(
    "texts", [("03/04/26",), ("03/04/2026", "2026-01-31"), ("03-04-2026",), ("25-03-04", "26-03-05")]
)
def test_an_open_order_is_refused(texts: tuple[str, ...]) -> None:
    """Nothing is guessed where no value decides; the message says what to write."""
    with pytest.raises(Undecided, match="date_format: "):
        read(DAY, *texts)


def test_contradicting_orders_are_refused() -> None:
    """`13/01/26` and `01/13/26` in one column prove two things."""
    with pytest.raises(Undecided, match="day first"):
        read(DAY, "13/01/26", "01/13/26")


def test_a_given_order_sets_the_others_aside() -> None:
    """With the day said to be first, `01/13/26` is no date."""
    assert read(DAY, "13/01/26", "01/13/26", order="dmy") == [date(2026, 1, 13), "bad"]
    assert read(DAY, "26-03-04", order="ymd") == [date(2026, 3, 4)]


def test_equal_parts_need_no_order() -> None:
    """`03/03/26` is the same day either way."""
    assert read(DAY, "03/03/26") == [date(2026, 3, 3)]


def test_two_digit_years_turn_at_1969() -> None:
    """As POSIX has it."""
    assert read(DAY, "31/12/68", "31/12/69") == [date(2068, 12, 31), date(1969, 12, 31)]


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("02/23/26 08:55 PM", "UTC", datetime(2026, 2, 23, 20, 55, tzinfo=UTC)),
        ("02/23/26 08:55 PM", "America/New_York", datetime(2026, 2, 24, 1, 55, tzinfo=UTC)),
        ("02/23/26 12:05 AM", "UTC", datetime(2026, 2, 23, 0, 5, tzinfo=UTC)),
        ("2024-01-19T09:42:24.000+0000", "America/New_York", datetime(2024, 1, 19, 9, 42, 24, tzinfo=UTC)),
        ("2024-01-19T09:42:24Z", "America/New_York", datetime(2024, 1, 19, 9, 42, 24, tzinfo=UTC)),
        ("2024-01-19 09:42:24.5-0530", "UTC", datetime(2024, 1, 19, 15, 12, 24, 500000, tzinfo=UTC)),
        ("2026-07-01", "Europe/Berlin", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("1700000000000", "Europe/Berlin", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2022-04-14 4:30:42", "UTC", datetime(2022, 4, 14, 4, 30, 42, tzinfo=UTC)),
        ("2026-03-29 02:30", "Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("2026-10-25 02:30", "Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_moments_in_their_zone(text: str, zone: str, moment: datetime) -> None:
    """An offset in the text wins; else the zone that the mapping or company names."""
    assert read(MOMENT, text, time_zone=zone) == [moment]


def test_typed_moments_and_days() -> None:
    """A workbook's or Parquet's own dates need no reading; a day is never shifted by a zone."""
    stamps = pa.array(
        [datetime(2026, 3, 4, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))], pa.timestamp("ns", tz="Europe/Berlin")
    )
    assert parse(DAY, stamps, Formats()).values.to_pylist() == [date(2026, 3, 4)]
    assert parse(MOMENT, stamps, Formats()).values.to_pylist() == [datetime(2026, 3, 4, 22, 30, tzinfo=UTC)]
    naive = pa.array([datetime(2026, 3, 4, 12, tzinfo=UTC)], pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us"))
    assert parse(MOMENT, naive, Formats(time_zone="Europe/Berlin")).values.to_pylist() == [
        datetime(2026, 3, 4, 11, tzinfo=UTC)
    ]
    assert parse(DAY, pa.array([date(2026, 3, 4)], pa.date64()), Formats()).values.to_pylist() == [date(2026, 3, 4)]


@pytest.mark.parametrize(
    ("pattern", "order"),
    [("mdy", "mdy"), ("DD.MM.YYYY", "dmy"), ("%m/%d/%y", "mdy"), ("MM/DD/YY hh:mm a", "mdy"), ("YYYY-MM-DD", "ymd"),
     ("%d %b %Y", "dmy"), ("foo", None), ("YYYY", None)],
)  # fmt: skip
def test_patterns_name_an_order(pattern: str, order: str | None) -> None:
    """Any usual way of writing a pattern says the order."""
    assert order_of(pattern) == order


@pytest.mark.parametrize("text", ["2026-03", "03/2026", "3.2026", "Mar 2026", "March 2026", "2026-03-01"])
def test_a_month_is_its_first_day_where_periods_begin(text: str) -> None:
    """Quotas are often kept by month; a close date without a day is still bad."""
    assert read(Column("period_start", DATE), text) == [date(2026, 3, 1)]


def test_flags() -> None:
    """The usual words of several languages; anything else is bad."""
    parsed = parse(
        Column("is_won", FLAG), pa.array(["TRUE", "f", "1", "0", "Yes", "nein", "", None, "maybe"]), Formats()
    )
    assert parsed.values.to_pylist()[:8] == [True, False, True, False, True, False, None, None]
    assert parsed.bad.to_pylist() == [False] * 8 + [True]


DATES = st.dates(min_value=date(1969, 1, 1), max_value=date(2068, 12, 31))
PATTERNS = {
    "%d/%m/%Y": "dmy",
    "%m/%d/%Y": "mdy",
    "%d.%m.%y": "dmy",
    "%m-%d-%y": "mdy",
    "%Y-%m-%d": None,
    "%d %B %Y": None,
    "%y/%m/%d": "ymd",
}


@given(st.lists(DATES, min_size=1, max_size=30), st.sampled_from(sorted(PATTERNS)))
def test_format_then_read_is_identity_for_days(days: list[date], pattern: str) -> None:
    """Whatever day is written by a pattern reads back as that day under its order."""
    assert read(DAY, *(d.strftime(pattern) for d in days), order=PATTERNS[pattern]) == days


MOMENTS = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2068, 12, 30))  # noqa: DTZ001


@given(st.lists(MOMENTS, min_size=1, max_size=30), st.integers(min_value=-14 * 60, max_value=14 * 60))
def test_format_then_read_is_identity_for_moments(moments: list[datetime], minutes: int) -> None:
    """Whatever moment is written with its offset reads back as that moment."""
    zone = timezone(timedelta(minutes=minutes))
    aware = [m.replace(tzinfo=zone) for m in moments]
    assert read(MOMENT, *(m.isoformat() for m in aware), time_zone="Asia/Tokyo") == aware


@given(st.lists(st.text(max_size=16), max_size=30))
def test_no_text_breaks_the_reader(texts: list[str]) -> None:
    """Any text is a date or bad, never an error."""
    assert (
        len(read(DAY, *texts, order="dmy"))
        == len(read(MOMENT, *texts, order="dmy", time_zone="Europe/Berlin"))
        == len(texts)
    )
