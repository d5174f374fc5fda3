"""A column of a file -> a column of ours: typed, with the values that could not be read marked, nothing guessed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE, Column
from extract.files.parsing.dates import DateText, Order, OrderEvidence
from extract.files.parsing.numbers import EXACT, Evidence, Mark, NumberText, hundredfold, hundredth, rounded, whole

PERCENT_COLUMNS = frozenset({"probability", "split_percent"})
"""Columns that hold percentages, 0 to 100; text `20 %` and `20` mean the same there."""

MONTH_COLUMNS = frozenset({"period_start", "valid_from", "effective_from", "cost_date"})
"""Columns where a month alone (`2026-03`, `03/2026`, `March 2026`) means its first day."""

_MONTHS = {
    r"^([0-9]{4})[-/]([0-9]{1,2})$": r"\1-\2-01",
    r"^([0-9]{1,2})[-/.]([0-9]{4})$": r"\2-\1-01",
    r"^([A-Za-zä]{3,9})\.?[- ,]+([0-9]{4})$": r"1 \1 \2",
}

_NULLS = ["null", "\\n", "n/a", "na", "nan", "none", "nil"]
_TRUE = ["true", "t", "yes", "y", "1", "1.0", "x", "wahr", "ja", "j", "vrai", "oui", "si", "sí"]
_FALSE = ["false", "f", "no", "n", "0", "0.0", "falsch", "nein", "faux", "non"]
_NUMERIC = (MONEY, RATE, WHOLE)

Neighbours = Callable[[], Evidence | None]
"""What the other numbers of the file prove about its decimal mark; asked only where a column proves nothing."""


class Undecided(Exception):
    """The values of a column can be read in two ways and nothing says which; the message says what would."""


@dataclass(frozen=True)
class Formats:
    """What a mapping says about the texts of a file; None where all values of the column must show it."""

    decimal: Mark | None = None
    order: Order | None = None
    time_zone: str = "UTC"
    percent: str | None = None


@dataclass(frozen=True)
class Parsed:
    """A typed column.

    Args:
        values: in the column's type; null where empty or unreadable.
        bad: true where a value was there and could not be read.
        rule: what a bad value breaks, for the quarantine.
        notes: what a person should know about the column as a whole.
        currency: the signs or codes that stood beside amounts; None where there were none.
        exact: the numbers before they were rounded to the column's type; None where rounding changes none.
    """

    values: pa.Array
    bad: pa.Array
    rule: str
    notes: tuple[str, ...] = ()
    currency: pa.Array | None = None
    exact: pa.Array | None = None


def parse(column: Column, values: pa.Array, formats: Formats, neighbours: Neighbours = lambda: None) -> Parsed:
    """The values in the column's type.

    Args:
        values: text, or what a typed file holds: numbers, dates, timestamps, booleans.
        neighbours: what the other numbers of the file prove about its decimal mark.

    Raises:
        Undecided: dates or numbers that can be read in two ways.
    """
    if column.type != TEXT:
        values, notes = _without_null_words(column, values)
        parsed = _typed(column, values, formats, neighbours)
        return replace(parsed, notes=(*parsed.notes, *notes))
    text = clean(as_text(values))
    return Parsed(text, pa.repeat(False, len(text)), f"{column.name} is text")


def _typed(column: Column, values: pa.Array, formats: Formats, neighbours: Neighbours) -> Parsed:
    if column.type in _NUMERIC:
        return _numbers(column, values, formats, neighbours)
    return _flags(column, values) if column.type == FLAG else _times(column, values, formats)


def _without_null_words(column: Column, values: pa.Array) -> tuple[pa.Array, tuple[str, ...]]:
    """`NULL` and the like, which are data in a text column, are empty where a number, date or flag is meant."""
    if not pa.types.is_string(values.type):
        return values, ()
    word = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(values)), value_set=pa.array(_NULLS))
    count = pc.sum(word).as_py() or 0
    if not count:
        return values, ()
    note = f"{count} values of {column.name} say NULL or N/A and were read as empty"
    return pc.if_else(word, pa.scalar(None, pa.string()), values), (note,)


def as_text(values: pa.Array) -> pa.Array:
    """Values of any type as text; whole numbers without decimals, times in ISO."""
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_dictionary(values.type) or pa.types.is_large_string(values.type) or pa.types.is_null(values.type):
        return pc.cast(values, pa.string())
    text = pc.cast(values, pa.string())
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        text = pc.replace_substring_regex(text, pattern=r"\.0+$", replacement="")
    return text


def clean(text: pa.Array) -> pa.Array:
    """Text without outer spaces and NUL characters, which PostgreSQL refuses; empty is null."""
    trimmed = pc.utf8_trim_whitespace(text)
    if pc.any(pc.match_substring(trimmed, "\0")).as_py():
        trimmed = pc.utf8_trim_whitespace(pc.replace_substring(trimmed, "\0", ""))
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def joint_evidence(columns: Iterable[pa.Array]) -> Evidence:
    """What several columns of text prove together about the decimal mark."""
    found = [NumberText(clean(column)).evidence for column in columns if pa.types.is_string(column.type)]
    return Evidence(sum(e.dot for e in found), sum(e.comma for e in found), sum(e.either for e in found))


def _numbers(column: Column, values: pa.Array, formats: Formats, neighbours: Neighbours) -> Parsed:
    text = NumberText(clean(as_text(values)))
    typed = not pa.types.is_string(values.type)
    mark: Mark = "." if typed else decided_mark(text.evidence, formats.decimal, neighbours)
    numbers = text.values(mark)
    numbers, notes = _ratios(column, numbers, text.is_percent, formats)
    exact = None
    if column.type == WHOLE:
        result = whole(numbers)
    else:
        result, finer = rounded(numbers, column.type)
        if finer:
            exact = numbers
            notes += (f"{finer} values of {column.name} have more than {column.type.scale} decimals and were rounded",)
    bad = pc.and_(pc.is_valid(text.text), pc.is_null(result))
    kind = "a whole number" if column.type == WHOLE else "a number"
    return Parsed(result, bad, f"{column.name} is {kind}", notes, text.currency, exact)


def decided_mark(own: Evidence, given: Mark | None, neighbours: Neighbours) -> Mark:
    """The decimal mark of a column.

    Raises:
        Undecided: its values contradict each other, or read differently under both marks with nothing to decide.
    """
    if given:
        return given
    if own.contradicts_itself:
        raise Undecided(
            f"{own.dot_example!r} has a decimal dot and {own.comma_example!r} a decimal comma. "
            'Say which one holds: `decimal: "."` or `decimal: ","`; the rest is then set aside.'
        )
    if own.mark or not own.is_needed:
        return own.mark or "."
    beside = neighbours()
    if beside is not None and beside.mark:
        return beside.mark
    raise Undecided(
        f"{own.either_example!r} may be a thousand or a decimal fraction, and no other value decides. "
        'Say it: `decimal: "."` or `decimal: ","`.'
    )


def _ratios(column: Column, numbers: pa.Array, percent: pa.Array, formats: Formats) -> tuple[pa.Array, tuple[str, ...]]:
    """Percentages as 0 to 100 where the column holds percentages, else as fractions; money has no percent sign."""
    marked = pc.any(percent).as_py()
    if column.name not in PERCENT_COLUMNS:
        if not marked:
            return numbers, ()
        if column.type != RATE:
            return pc.if_else(percent, pa.scalar(None, EXACT), numbers), ()
        return pc.if_else(percent, hundredth(numbers), numbers), ()
    if formats.percent == "percent" or marked or not _are_fractions(numbers, formats):
        return numbers, ()
    return hundredfold(numbers), (f"{column.name} holds fractions (0 to 1) and was multiplied by 100",)


def _are_fractions(numbers: pa.Array, formats: Formats) -> bool:
    if formats.percent == "fraction":
        return True
    ends = pc.min_max(numbers)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    return high is not None and low >= 0 and Decimal(0) < high <= 1


def _times(column: Column, values: pa.Array, formats: Formats) -> Parsed:
    kind = "a date" if column.type == DATE else "a time"
    rule = f"{column.name} is {kind}"
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return Parsed(_from_typed(values, column.type, formats.time_zone), pa.repeat(False, len(values)), rule)
    given = clean(as_text(values))
    text = DateText(_first_days(given) if column.name in MONTH_COLUMNS else given)
    order = decided_order(text.evidence, formats.order)
    result = text.dates(order) if column.type == DATE else text.times(order, formats.time_zone)
    return Parsed(result, pc.and_(pc.is_valid(given), pc.is_null(result)), rule)


def _first_days(text: pa.Array) -> pa.Array:
    for pattern, day in _MONTHS.items():
        text = pc.replace_substring_regex(text, pattern=pattern, replacement=day)
    return text


def decided_order(evidence: OrderEvidence, given: Order | None) -> Order:
    """The order of day, month and year in a column.

    Raises:
        Undecided: its values contradict each other, or nothing decides.
    """
    if given:
        return given
    if evidence.order:
        return evidence.order
    if evidence.contradicts_itself:
        what = f"{evidence.day_example!r} has the day first and {evidence.month_example!r} the month."
    elif evidence.dashed_short:
        what = f"{evidence.open_example or evidence.day_example or evidence.month_example!r} may have the year, the day or the month first."
    else:
        what = f"{evidence.open_example!r} may be day first or month first, and no other value decides."
    raise Undecided(f"{what} Say it: `date_format: DD/MM/YY` or `date_format: MM/DD/YY`.")


def _from_typed(values: pa.Array, type_: pa.DataType, time_zone: str) -> pa.Array:
    stamped = pa.types.is_timestamp(values.type)
    if type_ == DATE:
        return (
            pc.cast(values, DATE, safe=False)
            if not stamped
            else pc.cast(pc.floor_temporal(_naive(values), unit="day"), DATE)
        )
    if stamped and values.type.tz:
        return pc.cast(pc.cast(values, pa.timestamp("us", tz=values.type.tz), safe=False), TIME)
    naive = pc.cast(values, pa.timestamp("us"), safe=False)
    return pc.cast(pc.assume_timezone(naive, time_zone, ambiguous="earliest", nonexistent="latest"), TIME)


def _naive(values: pa.Array) -> pa.Array:
    """The wall clock as written: with a zone, as that zone's clocks showed it."""
    return pc.local_timestamp(values) if values.type.tz else values


def _flags(column: Column, values: pa.Array) -> Parsed:
    rule = f"{column.name} is true or false"
    if pa.types.is_boolean(values.type):
        return Parsed(values, pa.repeat(False, len(values)), rule)
    text = pc.utf8_lower(clean(as_text(values)))
    place = pc.index_in(text, value_set=pa.array(_TRUE + _FALSE))
    flags = pc.less(place, len(_TRUE))
    return Parsed(flags, pc.and_(pc.is_valid(text), pc.is_null(place)), rule)
