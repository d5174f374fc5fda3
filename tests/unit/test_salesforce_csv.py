"""Bulk CSV into Arrow, as properties: what was written is what is read."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attain.errors import SourceError
from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE, Column, Table
from extract.salesforce import csv as salesforce_csv
from extract.source import Page

TABLE = Table(
    "salesforce__thing",
    (
        Column("id", TEXT), Column("name", TEXT), Column("amount", MONEY), Column("rate", RATE), Column("seats", WHOLE),
        Column("signed", DATE), Column("seen", TIME), Column("flag", FLAG),
    ),
    ("id",),
)  # fmt: skip
FIELDS = {
    "id": "Id", "name": "Name", "amount": "Amount", "rate": "Rate", "seats": "Seats", "signed": "Signed", "seen": "Seen",
    "flag": "Flag",
}  # fmt: skip

TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
MONEYS = st.none() | st.decimals(-(10**13), 10**13, places=6)


def written(rows: list[dict[str, Any]], names: list[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row.get(name) or "" for name in names] for row in rows)
    return text.getvalue().encode()


def read(text: bytes, rows: int, table: Table = TABLE) -> list[Page]:
    return list(salesforce_csv.pages(io.BytesIO(text), table, FIELDS, rows, "salesforce.Thing: page", "job 1 page 1"))


def rows_of(pages: list[Page]) -> list[dict[str, Any]]:
    return [row for page in pages for row in page.rows.to_pylist()]


@given(st.lists(st.tuples(TEXTS, MONEYS), max_size=30))
def test_text_and_money_come_back(cells: list[tuple[str | None, Decimal | None]]) -> None:
    """Any text and any amount of the column's size is read as it was written; empty alone is null."""
    given_rows = [
        {"Id": str(at), "Name": name, "Amount": None if amount is None else str(amount)}
        for at, (name, amount) in enumerate(cells)
    ]
    found = rows_of(read(written(given_rows, ["Id", "Name", "Amount"]), len(cells)))
    assert [(row["name"], row["amount"]) for row in found] == cells
    assert all(row["seen"] is None and row["_origin"] == "job 1 page 1" for row in found)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), min_size=1))
def test_no_text_stops_a_page(texts: list[str]) -> None:
    """Whatever stands in a typed column, each row is either read or set aside, and none is lost."""
    for name in ("Amount", "Rate", "Seats", "Signed", "Seen", "Flag"):
        pages = read(written([{"Id": "1", name: text} for text in texts], ["Id", name]), len(texts))
        aside = sum(page.rejected.num_rows for page in pages if page.rejected)
        assert len(rows_of(pages)) + aside == len(texts)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0E7", Decimal(10_000_000)), ("1.5e-3", Decimal("0.0015")), ("-0", Decimal(0)), ("5.", Decimal(5)),
        (".5", Decimal("0.5")), ("12345678901234.123456", Decimal("12345678901234.123456")),
        ("0.1234567890123456789", Decimal("0.1234567890123456789")), ("1E+30", Decimal(10) ** 30),
    ],
)  # fmt: skip
def test_numbers_are_exact(text: str, value: Decimal) -> None:
    """Scientific notation, and more digits than the column keeps: exact until the landing rounds, counts or sets aside."""
    assert salesforce_csv.cast(pa.array([text, None]), MONEY).values.to_pylist() == [value, None]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (WHOLE, "7.0", 7), (WHOLE, "1.0E3", 1000), (WHOLE, "-9223372036854775808", -(2**63)), (FLAG, "false", False),
        (DATE, "2024-02-29", date(2024, 2, 29)), (TIME, "2026-01-01T10:00:30.000Z", datetime(2026, 1, 1, 10, 0, 30, tzinfo=UTC)),
        (TIME, "2026-01-01T10:00:30.000+0000", datetime(2026, 1, 1, 10, 0, 30, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_values_are_typed(kind: pa.DataType, text: str, value: object) -> None:
    """Both of Salesforce's ways to write a time, and whole numbers written as doubles."""
    assert salesforce_csv.cast(pa.array([text]), kind).values.to_pylist() == [value]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (MONEY, "lots"), (MONEY, "1_000"), (MONEY, " 1"), (MONEY, "NaN"), (MONEY, "Infinity"), (MONEY, "1,5"), (MONEY, "1e999"),
        (WHOLE, "1.5"), (WHOLE, "9223372036854775808"), (WHOLE, "x"), (DATE, "2026-02-30"), (DATE, "01/02/2026"),
        (TIME, "2026-01-01T10:00:30"), (TIME, "noon"), (FLAG, "maybe"),
    ],
)  # fmt: skip
def test_what_is_no_value_is_found(kind: pa.DataType, text: str) -> None:
    """It is never guessed, and its neighbours are read."""
    good = {MONEY: "1", WHOLE: "1", DATE: "2026-01-01", TIME: "2026-01-01T00:00:00Z", FLAG: "true"}[kind]
    cells = salesforce_csv.cast(pa.array([good, text, None]), kind)
    assert cells.bad == (1,)
    assert cells.values.null_count == 2


def test_a_row_set_aside_says_why() -> None:
    """With its number, key, column, value, rule, and the row as it came."""
    (page,) = read(written([{"Id": "a"}, {"Id": "b", "Amount": "lots", "Seats": "x"}], ["Id", "Amount", "Seats"]), 2)
    assert page.rejected is not None
    assert page.rejected.to_pylist() == [
        {
            "source_file": "salesforce__thing job 1 page 1", "row_number": 2, "row_key": "b", "column_name": "amount",
            "value": "lots", "rule": "amount is a number", "row": '{"Id": "b", "Amount": "lots", "Seats": "x"}',
        }
    ]  # fmt: skip


def test_a_row_without_key_is_set_aside() -> None:
    """A row that nothing could ever update is no row."""
    (page,) = read(written([{"Id": "", "Name": "x"}], ["Id", "Name"]), 1)
    assert (page.rows.num_rows, page.rejected is not None and page.rejected["rule"][0].as_py()) == (0, "id is present")


def test_columns_of_the_answer_that_are_not_ours_are_left_out() -> None:
    """A job of an earlier run may hold a field that has gone since."""
    assert rows_of(read(b'"Gone__c","Id"\n"1","2"\n', 1))[0]["id"] == "2"


@pytest.mark.parametrize(("text", "rows"), [(b"", 0), (b'"Id","Name"\n', 0), (b'\xef\xbb\xbf"Id"\n"1"\n', 1)])
def test_an_empty_page_is_a_page(text: bytes, rows: int) -> None:
    """No rows, with or without a header; a byte order mark is no part of a name."""
    assert len(rows_of(read(text, rows))) == rows


def test_many_blocks_make_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that straddle blocks, with newlines in them, are whole."""
    monkeypatch.setattr(salesforce_csv, "BLOCK", 1024)
    rows = [{"Id": str(at), "Name": "a\nb\n" * (at % 50 + 1), "Amount": "1"} for at in range(500)]
    pages = read(written(rows, ["Id", "Name", "Amount"]), 500)
    assert len(pages) > 10
    assert [row["name"] for row in rows_of(pages)] == [row["Name"] for row in rows]


def test_a_page_that_holds_another_number_of_rows_is_refused() -> None:
    """Neither fewer nor more than the answer's header says."""
    with pytest.raises(SourceError, match="1 rows instead of 2"):
        read(b'"Id"\n"1"\n', 2)
