"""Dates and times as people write them, whole columns at a time.

ISO with or without time and offset, `20260304`, `4 March 2026`, `Mar 4, 2026`, Unix milliseconds or seconds, and
`03/04/26` in whatever order all values of the column prove. An order is never guessed: where no value has a part
above 12, the mapping must say it. Dots read day first (`03.04.2026`) unless a value refutes it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Order = Literal["dmy", "mdy", "ymd"]
Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_PIVOT = 69  # two-digit years from here on are of the last century, as POSIX has it

_CLOCK = (
    r"(?:(?:[T ]+|, ?)(?:at )?(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,9}))?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?)?)?$"
)
_SHAPES = {
    "iso": r"^(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
    "compact": r"^(?P<year>19[0-9]{2}|20[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
    "numeric": r"^(?P<first>[0-9]{1,2})(?P<mark>[-/. ])(?P<second_part>[0-9]{1,2})[-/. ](?P<year>[0-9]{4}|[0-9]{2})",
    "day_name": r"^(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?[- /]*(?P<name>[A-Za-zä]{3,9})\.?[-, /]*(?P<year>[0-9]{4}|[0-9]{2})",
    "name_day": r"^(?P<name>[A-Za-zä]{3,9})\.?[- ]+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?[-, ]+(?P<year>[0-9]{4})",
}
_WEEKDAY = r"^(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]*\s+"
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}  # fmt: skip
_EPOCH = {r"^[0-9]{13}$": 1_000, r"^[0-9]{10}$": 1_000_000}
_DAY = 86_400_000_000


@dataclass(frozen=True)
class OrderEvidence:
    """Which orders the values of a column prove, by counts of values and an example of each.

    Args:
        day_first, month_first: values that can be read only so.
        open_: values that several orders read differently.
    """

    day_first: int
    month_first: int
    open_: int
    dotted: bool
    dashed_short: bool
    day_example: str | None
    month_example: str | None
    open_example: str | None

    @property
    def contradicts_itself(self) -> bool:
        return bool(self.day_first and self.month_first)

    @property
    def order(self) -> Order | None:
        """The order that holds for every value; None when none is proved."""
        if self.contradicts_itself or self.dashed_short:
            return None
        if self.day_first:
            return "dmy"
        if self.month_first:
            return "mdy"
        return "dmy" if self.dotted or not self.open_ else None


class DateText:
    """A column of text that holds dates or times."""

    def __init__(self, text: pa.ChunkedArray | pa.Array) -> None:
        trimmed = pc.utf8_trim_whitespace(
            pc.replace_substring_regex(text, pattern=r"[\x{00A0}\x{202F}]", replacement=" ")
        )
        if isinstance(trimmed, pa.ChunkedArray):
            trimmed = trimmed.combine_chunks()
        self.text = pc.replace_substring_regex(trimmed, pattern=_WEEKDAY, replacement="")
        self._size = len(self.text)

    @cached_property
    def _shapes(self) -> dict[str, pa.StructArray]:
        found: dict[str, pa.StructArray] = {}
        left = self.text
        for name, shape in _SHAPES.items():
            if left.null_count == self._size:
                break
            parts = pc.extract_regex(left, pattern=shape + _CLOCK)
            if parts.null_count < self._size:
                found[name] = parts
                left = pc.if_else(pc.is_valid(parts), pa.scalar(None, pa.string()), left)
        return found

    def _number(self, parts: pa.StructArray, name: str, empty: int) -> Numbers:
        """A part as numbers; `empty` where it is absent."""
        text = pc.struct_field(parts, name)
        text = pc.if_else(pc.and_(pc.is_valid(parts), pc.not_equal(text, "")), text, pa.scalar(None, pa.string()))
        return np.asarray(pc.fill_null(pc.cast(text, pa.int64()), empty).to_numpy(zero_copy_only=False), dtype=np.int64)

    @cached_property
    def evidence(self) -> OrderEvidence:
        """What the values of the column say about the order of day, month and year."""
        parts = self._shapes.get("numeric")
        if parts is None:
            return OrderEvidence(0, 0, 0, False, False, None, None, None)
        found = np.asarray(pc.is_valid(parts))
        first, second = self._number(parts, "first", 0), self._number(parts, "second_part", 0)
        day, month = found & (first > 12) & (second <= 12), found & (second > 12) & (first <= 12)
        open_ = found & (first <= 12) & (second <= 12) & (first != second)
        mark = pc.struct_field(parts, "mark")
        dotted = bool(np.all(np.asarray(pc.fill_null(pc.equal(mark, "."), True))[found]))
        return OrderEvidence(
            int(day.sum()), int(month.sum()), int(open_.sum()), dotted, self._may_be_year_first(parts, found),
            *(self._example(mask) for mask in (day, month, open_)),
        )  # fmt: skip

    def _may_be_year_first(self, parts: pa.StructArray, found: Mask) -> bool:
        """`26-03-04` may also be year first: true where dashes, two-digit years and valid readings leave that open."""
        year = pc.struct_field(parts, "year")
        short = np.asarray(
            pc.fill_null(
                pc.and_(pc.equal(pc.struct_field(parts, "mark"), "-"), pc.equal(pc.utf8_length(year), 2)), False
            )
        )
        if not short.any() or not bool(np.all(short[found])):
            return False
        months, days = self._number(parts, "second_part", 0), self._number(parts, "year", 0)
        return bool(np.all((months[found] >= 1) & (months[found] <= 12) & (days[found] >= 1) & (days[found] <= 31)))

    def _example(self, mask: Mask) -> str | None:
        places = np.flatnonzero(mask)
        return self.text[int(places[0])].as_py() if len(places) else None

    def dates(self, order: Order) -> pa.Array:
        """Days as date32, as written: a time or an offset beside them shifts nothing; null where there is none."""
        days, good, _, _, _ = self._read(order)
        return pa.array(np.where(good, days, 0).astype(np.int32), pa.int32(), mask=~good).cast(pa.date32())

    def times(self, order: Order, time_zone: str) -> pa.Array:
        """Instants in UTC; text without an offset is in the time zone; null where there is no time."""
        days, good, clock, has_offset, offset = self._read(order)
        local = days * _DAY + clock - offset
        naive = pa.array(np.where(good, local, 0), pa.int64(), mask=~good).cast(pa.timestamp("us"))
        shifted = pc.assume_timezone(naive, time_zone, ambiguous="earliest", nonexistent="latest")
        utc = pa.timestamp("us", tz="UTC")
        return pc.if_else(pa.array(has_offset), pc.assume_timezone(naive, "UTC"), shifted.cast(utc))

    def _read(self, order: Order) -> tuple[Numbers, Mask, Numbers, Mask, Numbers]:
        """Days since 1970, which are good, microseconds of the day, which have an offset, and the offset."""
        size = self._size
        days, clock, offset = (np.zeros(size, np.int64) for _ in range(3))
        good, has_offset = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        for name, parts in self._shapes.items():
            here = np.asarray(pc.is_valid(parts))
            shape_days, valid = _days(*self._civil(name, parts, order))
            shape_clock, clock_valid = self._clock(parts)
            shape_offset, known = self._offset(parts)
            valid &= here & clock_valid
            days, clock = np.where(valid, shape_days, days), np.where(valid, shape_clock, clock)
            offset, has_offset, good = np.where(valid, shape_offset, offset), has_offset | (valid & known), good | valid
        for pattern, factor in _EPOCH.items():
            stamped = np.asarray(pc.fill_null(pc.match_substring_regex(self.text, pattern=pattern), False))
            if stamped.any():
                text = pc.if_else(pa.array(stamped), self.text, "0")
                micros = np.asarray(pc.cast(pc.fill_null(text, "0"), pa.int64())) * factor
                days, clock = np.where(stamped, micros // _DAY, days), np.where(stamped, micros % _DAY, clock)
                good, has_offset = good | stamped, has_offset | stamped
        return days, good, clock, has_offset, offset

    def _civil(self, name: str, parts: pa.StructArray, order: Order) -> tuple[Numbers, Numbers, Numbers]:
        if name == "numeric":
            return self._ordered(parts, order)
        if name in ("day_name", "name_day"):
            start = pc.utf8_slice_codeunits(pc.utf8_lower(pc.struct_field(parts, "name")), 0, 3)
            place = pc.index_in(start, value_set=pa.array(list(_MONTHS)))
            months = pc.fill_null(pa.array(list(_MONTHS.values()), pa.int64()).take(place), 0)
            return _full_year(self._number(parts, "year", 0), parts), np.asarray(months), self._number(parts, "day", 0)
        year, month, day = (self._number(parts, part, 0) for part in ("year", "month", "day"))
        return year, month, day

    def _ordered(self, parts: pa.StructArray, order: Order) -> tuple[Numbers, Numbers, Numbers]:
        first, second = self._number(parts, "first", 0), self._number(parts, "second_part", 0)
        last = self._number(parts, "year", 0)
        if order == "ymd":
            return np.where(first >= _PIVOT, 1900, 2000) + first, second, last
        year = _full_year(last, parts)
        return (year, second, first) if order == "dmy" else (year, first, second)

    def _clock(self, parts: pa.StructArray) -> tuple[Numbers, Mask]:
        hour, minute, second = (self._number(parts, name, 0) for name in ("hour", "minute", "second"))
        half = pc.utf8_lower(pc.utf8_slice_codeunits(pc.struct_field(parts, "half"), 0, 1))
        late, early = (np.asarray(pc.fill_null(pc.equal(half, letter), False)) for letter in "pa")
        valid = (minute < 60) & (second < 60) & (hour < 24) & ~((late | early) & ((hour < 1) | (hour > 12)))
        hour = np.where(late & (hour < 12), hour + 12, np.where(early & (hour == 12), 0, hour))
        fraction = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.struct_field(parts, "fraction"), 6, padding="0"), 0, 6)
        micros = np.asarray(pc.fill_null(pc.cast(fraction, pa.int64()), 0))
        return ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros, valid

    def _offset(self, parts: pa.StructArray) -> tuple[Numbers, Mask]:
        zone = pc.fill_null(pc.struct_field(parts, "zone"), "")
        known = np.asarray(pc.not_equal(zone, ""))
        digits = pc.replace_substring_regex(zone, pattern="[^0-9]", replacement="")
        digits = np.asarray(pc.cast(pc.utf8_rpad(digits, 4, padding="0"), pa.int64()))
        sign = np.where(np.asarray(pc.starts_with(zone, "-")), -1, 1)
        return sign * (digits // 100 * 60 + digits % 100) * 60_000_000, known


def _full_year(year: Numbers, parts: pa.StructArray) -> Numbers:
    short = np.asarray(pc.fill_null(pc.equal(pc.utf8_length(pc.struct_field(parts, "year")), 2), False))
    return np.where(short, np.where(year >= _PIVOT, 1900, 2000) + year, year)


def _days(year: Numbers, month: Numbers, day: Numbers) -> tuple[Numbers, Mask]:
    """Days since 1970-01-01 and which of them exist in the calendar."""
    possible = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = np.where(possible, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first: Any = months.astype("datetime64[D]").astype(np.int64)
    length: Any = (months + 1).astype("datetime64[D]").astype(np.int64) - first
    return first + day - 1, possible & (day <= length)


def order_of(pattern: str) -> Order | None:
    """The order a pattern names: `mdy`, `DD.MM.YYYY`, `%m/%d/%y`, `MM/DD/YY hh:mm a`; None when it names none."""
    letters: list[str] = []
    for letter in pattern.replace("%", ""):
        known = letter.lower()
        if known in "hisa":
            break
        known = "m" if known == "b" else known
        if known in "dmy" and known not in letters:
            letters.append(known)
    order = "".join(letters)
    return order if order in ("dmy", "mdy", "ymd") else None  # type: ignore[return-value]
