"""Numbers of a column: what is read, what is decided, what is refused."""

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attain.table import MONEY, RATE, WHOLE, Column
from extract.files.parsing.column import Formats, Undecided, parse
from extract.files.parsing.numbers import NumberText

AMOUNT = Column("amount", MONEY)
PROBABILITY = Column("probability", RATE)


def amounts(*texts: str | None, decimal: str | None = None) -> list[Decimal | None]:
    parsed = parse(AMOUNT, pa.array(texts, pa.string()), Formats(decimal=decimal))  # type: ignore[arg-type]
    return [
        None if bad else value for value, bad in zip(parsed.values.to_pylist(), parsed.bad.to_pylist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$22,700.00", "22700"), ("342.09K", "342090"), ("1.5M", "1500000"), ("(1,200.00)", "-1200"), ("-$5.25", "-5.25"),
        ("$-5.25", "-5.25"), ("1,200.50-", "-1200.50"), ("USD 1,200.5", "1200.5"), ("1.2e3", "1200"), ("€ 5.0", "5"),
        ("1 234.50", "1234.50"), ("1'234.50", "1234.50"), ("12,34,567.5", "1234567.5"), (".5", "0.5"), ("2.5 bn", "2500000000"),
        ("\u2212 7.5", "-7.5"), ("1\u00a0234\u202f567.5", "1234567.5"), ("+3.0", "3"), ("1e-3", "0.001"), ("1.5 MXN", "1.5"),
    ],
)  # fmt: skip
def test_money_as_people_write_it(text: str, value: str) -> None:
    """Currency signs, grouping, scale letters and signs on either side are read with a decimal dot."""
    assert amounts(text, decimal=".") == [Decimal(value)]


@pytest.mark.parametrize(
    "text", ["abc", "(5", "5)", "1,2,3", "1.2.3", "1..2", "12 34", "$", "--5", "5 %", "-", "1e99", "9" * 30, "0x10"]
)
def test_what_is_no_amount_is_marked_bad(text: str) -> None:
    """A bad value is null and bad, whatever it looks like."""
    assert amounts(text, decimal=".") == [None]


def test_a_comma_column_is_decided_by_one_value() -> None:
    """`1.234,56` proves the comma for the whole column, so `1.234` is a thousand."""
    assert amounts("1.234,56", "1.234", "12,5") == [Decimal("1234.56"), Decimal(1234), Decimal("12.5")]


def test_a_dot_column_is_decided_by_one_value() -> None:
    """`22.5` proves the dot, so `1,234` is a thousand."""
    assert amounts("1,234", "22.5") == [Decimal(1234), Decimal("22.5")]


@pytest.mark.parametrize("texts", [("1,234",), ("1.234", "5"), ("1,234", "12")])
def test_an_open_decimal_mark_is_refused(texts: tuple[str, ...]) -> None:
    """What may be a thousand or a fraction stops the column and names the remedy."""
    with pytest.raises(Undecided, match="decimal: "):
        amounts(*texts)


def test_contradicting_marks_are_refused() -> None:
    """`1.5` and `1,5` in one column prove two things."""
    with pytest.raises(Undecided, match="decimal dot"):
        amounts("1.5", "2,25")


def test_a_given_mark_sets_the_others_aside() -> None:
    """With a decimal comma said, `1.5` is no number."""
    assert amounts("1.5", "2,25", decimal=",") == [None, Decimal("2.25")]


def test_finer_amounts_are_rounded_half_up_and_noted() -> None:
    """Beyond six decimals we round away from zero at the half, and say how many."""
    parsed = parse(AMOUNT, pa.array(["0.0000005", "-0.0000005", "1.5"]), Formats())
    assert parsed.values.to_pylist() == [Decimal("0.000001"), Decimal("-0.000001"), Decimal("1.5")]
    assert parsed.notes == ("2 values of amount have more than 6 decimals and were rounded",)


def test_an_amount_beyond_the_column_is_bad() -> None:
    """numeric(20,6) holds 14 digits before the point."""
    assert amounts("99999999999999.0", "100000000000000.0") == [Decimal(99999999999999), None]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["20", "100"], ["20", "100"]),
        (["20 %", "5%"], ["20", "5"]),
        (["0.2", "1"], ["20", "100"]),
        (["0", "0"], ["0", "0"]),
        (["0.5 %"], ["0.5"]),
    ],
)
def test_percentages_and_fractions(texts: list[str], values: list[str]) -> None:
    """A column that never passes 1 holds fractions, and `%` says percentages."""
    parsed = parse(PROBABILITY, pa.array(texts), Formats())
    assert parsed.values.to_pylist() == [Decimal(v) for v in values]


def test_a_rate_with_a_percent_sign_is_a_hundredth() -> None:
    """Commission rates are fractions: `5 %` is 0.05."""
    parsed = parse(Column("rate", RATE), pa.array(["5 %", "0.07"]), Formats())
    assert parsed.values.to_pylist() == [Decimal("0.05"), Decimal("0.07")]


def test_whole_numbers_have_no_fraction() -> None:
    """`12.0` is whole, `12.5` is not."""
    parsed = parse(Column("employee_count", WHOLE), pa.array(["12.0", "12.5", "1 000", None]), Formats())
    assert parsed.values.to_pylist() == [12, None, 1000, None]
    assert parsed.bad.to_pylist() == [False, True, False, False]


def test_typed_numbers_are_exact() -> None:
    """What a workbook or Parquet holds as a float reads as its shortest decimal."""
    parsed = parse(AMOUNT, pa.array([0.1, 22700.5, 1e-7, 1.234], pa.float64()), Formats(decimal=","))
    assert parsed.values.to_pylist() == [Decimal("0.1"), Decimal("22700.5"), Decimal(0), Decimal("1.234")]


MONEYS = st.decimals(min_value=-(10**13), max_value=10**13, places=6, allow_nan=False, allow_infinity=False)


@given(st.lists(MONEYS, min_size=1, max_size=20), st.sampled_from([".", ","]), st.sampled_from(["", "grouped"]))
def test_format_then_read_is_identity(values: list[Decimal], mark: str, style: str) -> None:
    """Whatever amount is written under a mark, grouped or not, reads back exactly."""
    written = [f"{v:,.6f}" if style else f"{v:.6f}" for v in values]
    if mark == ",":
        written = [t.translate(str.maketrans(",.", ".,")) for t in written]
    parsed = parse(AMOUNT, pa.array(written), Formats(decimal=mark))  # type: ignore[arg-type]
    assert parsed.values.to_pylist() == values
    undecided = NumberText(pa.array(written)).evidence
    assert undecided.mark in (mark, None)


@given(st.lists(st.text(max_size=12), max_size=30))
def test_no_text_breaks_the_reader(texts: list[str]) -> None:
    """Any text is a number or bad, never an error."""
    parsed = parse(AMOUNT, pa.array(texts, pa.string()), Formats(decimal="."))
    assert len(parsed.values) == len(parsed.bad) == len(texts)
