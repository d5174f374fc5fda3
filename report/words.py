"""Numbers and sentences the way the pages write them: minus is −, zero is –, missing is 'not recorded'."""

# ruff: noqa: RUF001, RUF002 (the signs that readers see are meant)

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

MINUS = "\N{MINUS SIGN}"
ZERO = "\N{EN DASH}"
NO_BREAK = "\N{NO-BREAK SPACE}"
NOT_RECORDED = "not recorded"
_ISOLATE, _END_OF_ISOLATE = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"

Number = int | float | Decimal

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def round_to(value: Number, digits: int = 0) -> Decimal:
    """Half up, as people round, not half to even."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def whole(value: Number | None) -> str:
    """3402.4 -> '3,402'; 0 -> '–'; None -> 'not recorded'."""
    if value is None:
        return NOT_RECORDED
    rounded = round_to(value)
    return with_minus(f"{rounded:,}") if rounded else ZERO


def count(value: int) -> str:
    """A count in a sentence: 0 stays 0."""
    return with_minus(f"{value:,}")


def signed(value: Number | None) -> str:
    """A change: '+38', '−3', '–' for none."""
    if value is None:
        return NOT_RECORDED
    rounded = round_to(value)
    return f"+{rounded:,}" if rounded > 0 else whole(rounded)


def percent(share: Number | None, digits: int = 1) -> str:
    """0.788 -> '78.8%'; a share that exists is never written as a bare dash."""
    return NOT_RECORDED if share is None else with_minus(f"{round_to(Decimal(str(share)) * 100, digits):,}%")


def points(difference: Number, digits: int = 1) -> str:
    """A difference of two shares: 0.022 -> '2.2 points', without its sign."""
    return f"{abs(round_to(Decimal(str(difference)) * 100, digits)):,} points"


def ratio(value: Number | None) -> str:
    """2.94 -> '2.9×'."""
    return NOT_RECORDED if value is None else with_minus(f"{round_to(value, 1):,}×")


def days(value: Number | None) -> str:
    """64.0 -> '64 days'."""
    return NOT_RECORDED if value is None else plural(int(round_to(value)), "day")


def day(value: date) -> str:
    """'10 Sep 2026'."""
    return f"{value.day} {value:%b %Y}"


def short_day(value: date) -> str:
    """'10 Sep', for axes and for sentences whose year is known."""
    return f"{value.day} {value:%b}"


def moment(value: datetime) -> str:
    """'11 Sep 2026, 06:14 UTC'; the value must be in UTC."""
    return f"{day(value)}, {value:%H:%M} UTC"


def short_moment(value: datetime) -> str:
    """'11 Sep 06:14', where a heading names year and zone; the value must be in UTC."""
    return f"{short_day(value)} {value:%H:%M}"


def duration(seconds: Number | None) -> str:
    """18 -> '18 s', 828 -> '13 min 48 s', 95640 -> '26 h 34 min', 10 days and more in days."""
    if seconds is None:
        return NOT_RECORDED
    total = int(round_to(seconds))
    if total < 60:
        return f"{total}{NO_BREAK}s" if total else f"under 1{NO_BREAK}s" if seconds else ZERO
    if total < 3600:
        return f"{total // 60}{NO_BREAK}min {total % 60:02}{NO_BREAK}s"
    if total < 3 * 86400:
        return f"{total // 3600}{NO_BREAK}h {total % 3600 // 60}{NO_BREAK}min"
    return plural(total // 86400, "day")


def age(value: timedelta) -> str:
    """The age of a record, to the minute: '22 min', '8 h 9 min', '10 days'."""
    seconds = max(0, int(value.total_seconds()))
    return f"{seconds // 60}{NO_BREAK}min" if 60 <= seconds < 3600 else duration(seconds)


def plural(number: int, noun: str, many: str | None = None) -> str:
    """'1 deal', '2 deals'."""
    return f"{number:,} {noun if abs(number) == 1 else many or noun + 's'}".replace("-", MINUS)


def number_of_cases(number: int) -> str:
    """Instead of a comparison that so few cases cannot carry."""
    return f"{plural(number, 'case')}, too few to compare"


def spelled(number: int) -> str:
    """Small numbers as words inside a sentence: 4 -> 'four', 12 -> '12'."""
    return _WORDS[number] if 0 <= number < len(_WORDS) else f"{number:,}"


def sentence(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def called(text: str | None, unnamed: str = "Unknown") -> str:
    """A name from the data; one written from right to left keeps to itself inside a sentence that is not."""
    if not text:
        return unnamed
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL", "RLE", "RLO", "RLI") for letter in text)
    return f"{_ISOLATE}{text}{_END_OF_ISOLATE}" if turned else text


def listed(items: Sequence[str]) -> str:
    """'a, b and c'."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def apportion(values: Sequence[Number | None], divisor: int = 1) -> list[int | None]:
    """Whole numbers of `divisor` that add up to the rounded total: the largest remainders take the difference.

    A column rounded cell by cell would not add up to its own total line. None stays None and counts as nothing.
    """
    exact = {i: Decimal(str(v)) / divisor for i, v in enumerate(values) if v is not None}
    floors = {i: int(v.to_integral_value(rounding=ROUND_FLOOR)) for i, v in exact.items()}
    missing = int(round_to(sum(exact.values(), Decimal(0)))) - sum(floors.values())
    by_remainder = sorted(exact, key=lambda i: (floors[i] - exact[i], i))
    lifted = set(by_remainder[:missing])
    return [floors[i] + (i in lifted) if i in exact else None for i in range(len(values))]


def with_minus(text: str) -> str:
    """A number as Python writes it, with the sign that readers expect."""
    return text.replace("-", MINUS)
