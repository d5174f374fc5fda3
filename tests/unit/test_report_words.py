"""Numbers and words as the look prescribes them."""

# ruff: noqa: RUF001 (the signs that readers see are meant)

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.money import Currency, Unit
from report.words import (
    age,
    apportion,
    called,
    day,
    days,
    duration,
    listed,
    moment,
    percent,
    plural,
    points,
    ratio,
    round_to,
    short_day,
    signed,
    whole,
)

EURO = Currency("EUR")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (3_402_000, "€3.40M"),
        (Decimal("967999.5"), "€968k"),
        (999_500, "€1.00M"),
        (999_499, "€999k"),
        (15_630, "€15.6k"),
        (92_909, "€93k"),
        (1_000, "€1.0k"),
        (640, "€640"),
        (0, "€0"),
        (-93_000, "−€93k"),
        (1_234_567_890, "€1.23B"),
        (None, "not recorded"),
    ],
)
def test_headline_money(value: Decimal, written: str) -> None:
    """Three digits are enough for a headline, and a negative amount carries a real minus before its sign."""
    assert EURO.headline(value) == written


def test_unknown_currencies_keep_their_code() -> None:
    """A code without a sign stands before the number and is not broken from it."""
    assert Currency("CHF").headline(3_402_000) == "CHF\u00a03.40M"
    assert Currency("CHF").cents(Decimal("-12.5")) == "−CHF\u00a012.50"
    assert EURO.cents(Decimal(12020)) == "€12,020.00"


@pytest.mark.parametrize(
    ("write", "value", "written"),
    [
        (whole, 3402, "3,402"),
        (whole, 0, "–"),
        (whole, None, "not recorded"),
        (whole, -4070, "−4,070"),
        (whole, Decimal("0.5"), "1"),
        (signed, 38, "+38"),
        (signed, -3, "−3"),
        (signed, 0.2, "–"),
        (signed, None, "not recorded"),
        (percent, 0.788, "78.8%"),
        (percent, 0, "0.0%"),
        (percent, -0.05, "−5.0%"),
        (percent, None, "not recorded"),
        (points, -0.0187, "1.9 points"),
        (ratio, Decimal("2.8997"), "2.9×"),
        (ratio, None, "not recorded"),
        (days, 64.4, "64 days"),
        (days, 1, "1 day"),
        (day, date(2026, 9, 10), "10 Sep 2026"),
        (short_day, date(2026, 9, 1), "1 Sep"),
        (moment, datetime(2026, 9, 11, 6, 14, tzinfo=UTC), "11 Sep 2026, 06:14 UTC"),
        (duration, 828, "13\u00a0min 48\u00a0s"),
        (duration, 18, "18\u00a0s"),
        (duration, 0.2, "under 1\u00a0s"),
        (duration, 0, "–"),
        (duration, 95640, "26\u00a0h 34\u00a0min"),
        (duration, 864000, "10 days"),
        (age, timedelta(minutes=22), "22\u00a0min"),
    ],
)
def test_numbers_in_tables_and_sentences(write: Callable[[object], str], value: object, written: str) -> None:
    """Missing is never 0, zero is a dash in tables, minus is U+2212."""
    assert write(value) == written


def test_half_is_rounded_up_as_people_do() -> None:
    """2.5 is 3: half to even would make 2 of it."""
    assert [round_to(v) for v in (Decimal("2.5"), Decimal("3.5"), Decimal("-2.5"))] == [3, 4, -3]


def test_words_join_and_count() -> None:
    """Plain English lists and plurals."""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert plural(1, "person", "people") == "1 person"
    assert plural(1200, "row") == "1,200 rows"


@pytest.mark.parametrize(
    ("largest", "name"), [(19_999, "€"), (5_760_000, "€ thousand"), (Decimal(10) ** 11, "€ million")]
)
def test_one_unit_fits_the_company(largest: Decimal, name: str) -> None:
    """A small company is not shown in thousands, a huge one not in twelve digits."""
    assert Unit.of(EURO, largest).name == name


money = st.one_of(st.none(), st.decimals(min_value=-(10**12), max_value=10**12, places=2))


@given(st.lists(money, max_size=40), st.sampled_from([1, 1000, 1_000_000]))
def test_a_column_adds_up_as_written(values: list[Decimal | None], divisor: int) -> None:
    """The whole numbers of a column make exactly its rounded total, and each is within one of its own value."""
    shown = apportion(values, divisor)
    known = [v for v in values if v is not None]
    assert sum(n for n in shown if n is not None) == round_to(sum(known, Decimal(0)) / divisor)
    assert all((n is None) == (v is None) for n, v in zip(shown, values, strict=True))
    pairs = [(n, v) for n, v in zip(shown, values, strict=True) if n is not None and v is not None]
    assert all(abs(n - v / divisor) <= 1 for n, v in pairs)


@pytest.mark.parametrize(
    ("code", "low", "high", "written"),
    [
        ("EUR", 4_050_000, 4_380_000, "€4.05–4.38M"),
        ("EUR", 798_000, 1_200_000, "€798k to €1.20M"),
        ("EUR", 4_051_000, 4_052_000, "€4.05M"),
        ("EUR", 640, 710, "€640 to €710"),
        ("EUR", -120_000, 90_000, "−€120k to €90k"),
        ("CHF", 4_050_000, 4_380_000, "CHF\u00a04.05–4.38M"),
    ],
)
def test_a_range_names_what_is_common_once(code: str, low: int, high: int, written: str) -> None:
    """Sign and letter stand once where both ends share them, and never where they do not."""
    assert Currency(code).span(low, high) == written


@pytest.mark.parametrize(("code", "written"), [("JPY", "¥5,892"), ("KWD", "KWD\u00a05,891.663"), ("EUR", "€5,891.66")])
def test_amounts_end_with_the_smallest_coin(code: str, written: str) -> None:
    """No cents where a currency has none, three decimals where it counts in thousandths."""
    assert Currency(code).cents(Decimal("5891.6629")) == written


def test_a_name_from_right_to_left_keeps_to_itself() -> None:
    """It is set apart inside a sentence; other names are as they are, and none is empty."""
    assert called("Amara Okafor") == "Amara Okafor"
    assert called("דוד, 12%") == "\u2068דוד, 12%\u2069"
    assert called("") == called(None) == "Unknown"
