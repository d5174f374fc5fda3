"""The demo company's time: its life from the first record to the last one written in advance.

Moments are whole seconds since 1970 (UTC), days are whole days since 1970; both int64. The clock is virtual: it
stands where the state says and moves only by `advance`.
"""

import re
from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

DAY = 86_400
HOUR = 3_600
FAR = 1 << 40
"""A moment (or day) that never comes."""


def day_of(year: int, month: int, day: int) -> int:
    """Days since 1970 of a date."""
    return (date(year, month, day) - date(1970, 1, 1)).days


def moment(text: str) -> int:
    """Seconds since 1970 of an ISO time; without an offset it is UTC."""
    parsed = datetime.fromisoformat(text)
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())


def as_time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def as_date(day: int) -> date:
    return date.fromordinal(date(1970, 1, 1).toordinal() + day)


BIRTH_DAY = day_of(2023, 7, 1)
FIRST_FISCAL_DAY = day_of(2024, 1, 1)
START = moment("2026-09-10T06:00:00Z")
START_DAY = START // DAY
HORIZON_DAY = day_of(2027, 4, 1)
HORIZON = HORIZON_DAY * DAY

_SPAN = re.compile(r"^\s*(\d+)\s*([smhdw])\s*$")
_UNITS = {"s": 1, "m": 60, "h": HOUR, "d": DAY, "w": 7 * DAY}


def span(text: str) -> int:
    """Seconds in a span such as `12h`, `1d`, `7d`, `2w`.

    Raises:
        ValueError: the text is not a number and a unit.
    """
    found = _SPAN.match(text)
    if not found:
        raise ValueError(f"{text!r} is not a span of time. Write a number and a unit: 30m, 12h, 1d, 2w.")
    return int(found[1]) * _UNITS[found[2]]


def weekday(days: Ints) -> Ints:
    """Monday is 0."""
    return (days + 3) % 7


def forward_to_workday(days: Ints) -> Ints:
    """Saturdays and Sundays move to the Monday after."""
    over = weekday(days) - 4
    return np.where(over > 0, days + 3 - over, days)


def back_to_workday(days: Ints) -> Ints:
    """Saturdays and Sundays move to the Friday before."""
    over = weekday(days) - 4
    return np.where(over > 0, days - over, days)


def month_of(days: Ints) -> Ints:
    """Months since 1970-01."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_start(months: Ints) -> Ints:
    """First day of each month."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def quarter_start(days: Ints) -> Ints:
    """First day of the fiscal quarter (the fiscal year starts in January)."""
    return month_start(month_of(days) // 3 * 3)


def quarter_end(days: Ints) -> Ints:
    """Last day of the fiscal quarter."""
    return month_start((month_of(days) // 3 + 1) * 3) - 1


def month_end(days: Ints) -> Ints:
    """Last day of the month."""
    return month_start(month_of(days) + 1) - 1


def office_hours(rng: np.random.Generator, days: Ints) -> Ints:
    """A moment on each day between 07:00 and 17:00 UTC, most around noon."""
    seconds = 7 * HOUR + (10 * HOUR * rng.beta(2.0, 2.0, len(days))).astype(np.int64)
    return days * DAY + seconds
