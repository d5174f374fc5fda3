"""A folder of files as templates: headers, dialects, names, ids, rows set aside, files refused."""

import codecs
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attain.errors import SettingsError, TooManyRejected, UnreadableInput
from attain.table import REFERENCE_SUFFIX
from tests.files import DEALS, land, modes, put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "acme"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    "name",
    [
        "opportunities.csv",
        "Opportunity.csv",
        "DEALS.CSV",
        "hubspot-crm-exports-all-deals-2026-03-05.csv",
        "deals (2).csv",
        "sf_opportunity_data.csv",
    ],
)
def test_a_file_is_recognised_by_its_name(folder: Path, name: str) -> None:
    """Our names, Salesforce's objects and other systems' exports need no mapping."""
    (folder / name).write_text(DEALS)
    assert [d["amount"] for d in land(folder)["opportunities"]] == [Decimal("100.5"), None]


@pytest.mark.parametrize(
    "content",
    [
        DEALS.encode("utf-8-sig"), DEALS.replace(",", ";").encode(), DEALS.replace(",", "\t").encode(), DEALS.replace(",", "|").encode(),
        codecs.BOM_UTF16_LE + DEALS.encode("utf-16-le"), DEALS.replace("\n", "\r\n").encode(), b"sep=,\n" + DEALS.encode(),
        ("Pipeline report\n\n" + DEALS + "Total,,,100.5\n").encode(), DEALS.replace("\n", ",,\n").encode(),
        DEALS.replace("D1,", "\n\n\nD1,").encode(), DEALS.rstrip("\n").encode(), DEALS.replace("opportunity_id", "Opportunity ID").encode(),
        (DEALS + "\n\nCopyright (c) someone\nConfidential\n").encode(), DEALS.replace("Closed Won,", '"Closed Won",').encode(),
    ],
)  # fmt: skip
def test_a_dialect_is_found_in_the_file(folder: Path, content: bytes) -> None:
    """Byte-order marks, delimiters, titles, totals, blank rows and trailing columns change nothing."""
    put(folder, opportunities__csv=content)
    rows = land(folder)["opportunities"]
    assert [(r["opportunity_id"], r["stage"], r["close_date"], r["amount"]) for r in rows] == [
        ("D1", "Closed Won", date(2026, 3, 4), Decimal("100.5")),
        ("D2", "Prospecting", date(2026, 4, 5), None),
    ]


def test_german_numbers_and_dates(folder: Path) -> None:
    """Semicolons, decimal commas and dotted dates, as a German Excel writes them."""
    put(
        folder,
        deals__csv="Deal ID;Stage;Close Date;Amount\n1;Gewonnen;03.04.2026;1.234,56 €\n2;Angebot;15.05.2026;12.500 €\n",
    )
    rows = land(folder)["opportunities"]
    assert [(r["close_date"], r["amount"]) for r in rows] == [
        (date(2026, 4, 3), Decimal("1234.56")),
        (date(2026, 5, 15), Decimal(12500)),
    ]


def test_another_encoding_stops_unless_the_mapping_names_it(folder: Path) -> None:
    """Nothing is guessed: the message names the line and what to write."""
    content = DEALS.replace("Prospecting", "Müller").encode("cp1252")
    put(folder, deals__csv=content)
    with pytest.raises(UnreadableInput, match=r"deals\.csv: line 3 is not utf-8 text.*encoding: cp1252"):
        land(folder)
    put(folder, mapping__yml="encoding: cp1252\n")
    assert land(folder)["opportunities"][1]["stage"] == "Müller"


def test_hostile_texts_come_through(folder: Path) -> None:
    """Quotes, newlines, NA, null and NUL in text columns; NUL alone is removed, PostgreSQL refuses it."""
    put(
        folder,
        accounts__csv='account_id,account_name\n1,"NA"\n2,null\n3,"a ""b""\nc, d"\n4,x\0y\n5,Robert\'); DROP TABLE accounts;--\n6,\n',
    )
    names = [r["account_name"] for r in land(folder)["accounts"]]
    assert names == ["NA", "null", 'a "b"\nc, d', "xy", "Robert'); DROP TABLE accounts;--", None]


def test_a_bad_row_is_set_aside_as_it_came(folder: Path) -> None:
    """File, row, column, value, rule and the whole row; the others land."""
    rows = "".join(f"D{i},Prospecting,2026-04-05,{i}\n" for i in range(100))
    put(
        folder,
        deals__csv="opportunity_id,stage,close_date,amount\nD,Won,2026-02-30,5\n,Won,2026-01-01,5\nE,Won,2026-01-01,many\n"
        + rows,
    )
    landed = land(folder)
    assert len(landed["opportunities"]) == 100
    assert [
        (r["source_file"], r["row_number"], r["row_key"], r["column_name"], r["value"], r["rule"])
        for r in landed["rejected"]
    ] == [
        ("deals.csv", 2, "D", "close_date", "2026-02-30", "close_date is a date"),
        ("deals.csv", 3, None, "opportunity_id", None, "opportunity_id is present"),
        ("deals.csv", 4, "E", "amount", "many", "amount is a number"),
    ]
    assert (
        landed["rejected"][0]["row"]
        == '{"opportunity_id": "D", "stage": "Won", "close_date": "2026-02-30", "amount": "5"}'
    )


def test_a_row_of_another_width_is_set_aside(folder: Path) -> None:
    """A row that lacks or exceeds the header's names cannot be trusted; empty surplus values are nothing."""
    rows = "".join(f"D{i},Prospecting,2026-04-05,{i}\n" for i in range(60))
    put(
        folder,
        deals__csv=f"opportunity_id,stage,close_date,amount\nA,Won\nB,Won,2026-01-01,1,,\nC,Won,2026-01-01,1,x\n{rows}",
    )
    landed = land(folder)
    assert [(r["row_number"], r["rule"]) for r in landed["rejected"]] == [
        (2, "row has 4 values (it has 2)"),
        (4, "row has 4 values (it has 5)"),
    ]
    assert landed["opportunities"][0]["opportunity_id"] == "B"


def test_too_many_bad_rows_stop_the_run(folder: Path) -> None:
    """Above `max_rejected` nothing lands, and the message says what most break."""
    put(folder, deals__csv=DEALS + "D3,Won,soon,1\n")
    with pytest.raises(TooManyRejected, match=r"deals\.csv: 1 of 3 rows.*close_date is a date"):
        land(folder)
    put(folder, mapping__yml="max_rejected: 0.5\n")
    assert len(land(folder)["opportunities"]) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("opportunity_id,close_date\nD1,2026-01-01\n", r"no column for `stage`.*columns: {stage: <their column>}"),
        ("opportunity_id,stage,close_date\nD1,Won,03/04/26\n", r"`close_date` \(close_date\): '03/04/26' may be day first or month first.*date_format"),
        ('opportunity_id,stage,close_date,amount\nD1,Won,2026-01-01,"1,234"\n', r"`amount` \(amount\): '1,234' may be a thousand.*decimal"),
        ("", r"the file is empty"),
        ('opportunity_id,stage,close_date,amount\nD1,Won,2026-01-01,1\nD2,Won,2026-01-01,2\nD1,Won,"2026-01-01,1\n', "max_rejected|quote"),
        ("opportunity_id,stage,close_date,amount,amount\nD1,Won,2026-01-01,1.5,2.5\n", r"`amount` stands over several columns \(4, 5\)"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_stops_with_words(folder: Path, content: str, message: str) -> None:
    """A file as a whole that cannot be read names itself, the column and what to do."""
    put(folder, opportunities__csv=content)
    with pytest.raises((UnreadableInput, TooManyRejected), match=message):
        land(folder)


def test_one_unreadable_file_stops_the_folder_and_all_are_named(folder: Path) -> None:
    """Nothing lands of a folder with an unreadable file; every one is named at once."""
    put(
        folder,
        opportunities__csv="opportunity_id\nD1\n",
        accounts__csv="account_id,account_name\n1,A\n",
        quotas__csv="Rep,Target\nAnn,5\n",
    )
    with pytest.raises(UnreadableInput, match=r"(?s)opportunities\.csv.*quotas\.csv"):
        land(folder)


def test_unknown_files_are_skipped_and_none_at_all_is_an_error(folder: Path) -> None:
    """A folder without any template says which names would be."""
    put(folder, notes__csv="a,b\n1,2\n")
    with pytest.raises(UnreadableInput, match=r"notes\.csv \(not a template's name\).*opportunities\.csv"):
        land(folder)
    put(folder, deals__csv=DEALS)
    assert set(land(folder)) == {"opportunities", "rejected"}
    with pytest.raises(SettingsError, match="no such folder"):
        land(folder / "nowhere")


def test_a_workbook_with_titles_totals_and_types(folder: Path) -> None:
    """A spreadsheet as people keep it: a title, typed cells, percentages, text among numbers, totals, other sheets."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Q1 pipeline"
    for row in (
        ["Pipeline Q1"], [], ["Deal ID", "Deal Name", "Sales Rep", "Customer", "Stage", "Amount", "Close Date", "Probability", None],
        [1, "Pump", "Ann Lee", "Acme", "Proposal", 22700.5, datetime(2026, 3, 4), 0.5, None],  # noqa: DTZ001
        [2, "Valve", "ann lee ", "ACME ", "Won", "$1,200.00", datetime(2026, 4, 4), 1, None], [],  # noqa: DTZ001
        ["A-3", "Hose", "Ben", "Beta", "Lost", None, "2026-05-01", 0, None], ["Total", None, None, None, None, 23900.5], ["Confidential"],
    ):  # fmt: skip
        sheet.append(row)
    for line in (4, 5, 7):
        sheet.cell(line, 8).number_format = "0%"
    quotas = book.create_sheet("Quotas")
    quotas.append(["Rep", "Month", "Quota"])
    quotas.append(["Ann Lee", date(2026, 1, 1), 50000])
    book.create_sheet("Notes").append(["bla"])
    book.save(folder / "deals.xlsx")
    landed = land(folder)
    assert [
        (r["opportunity_id"], r["amount"], r["close_date"], r["probability"], r["owner_id"], r["account_id"])
        for r in landed["opportunities"]
    ] == [
        ("1", Decimal("22700.5"), date(2026, 3, 4), 50, "name:ann lee", "name:acme"),
        ("2", Decimal(1200), date(2026, 4, 4), 100, "name:ann lee", "name:acme"),
        ("A-3", None, date(2026, 5, 1), 0, "name:ben", "name:beta"),
    ]
    assert [(r["rep_id"], r["period_start"], r["quota_amount"]) for r in landed["quotas"]] == [
        ("name:ann lee", date(2026, 1, 1), 50000)
    ]
    assert {r["rep_id"]: r["rep_name"] for r in landed["reps"]} == {"name:ann lee": "Ann Lee", "name:ben": "Ben"}
    assert {a["account_id"]: a["account_name"] for a in landed["accounts"]} == {
        "name:acme": "Acme",
        "name:beta": "Beta",
    }
    assert landed["opportunities"][0]["_origin"] == "deals.xlsx [Q1 pipeline]:4"


def test_what_is_no_workbook_says_so(folder: Path) -> None:
    """A renamed CSV, or one with a password."""
    put(folder, deals__xlsx=DEALS)
    with pytest.raises(UnreadableInput, match=r"deals\.xlsx: not an XLSX workbook"):
        land(folder)


def test_parquet_keeps_its_types(folder: Path) -> None:
    """Decimals, dictionaries, dates and zoned times."""
    stamps = pa.array([datetime(2026, 1, 2, 3, tzinfo=UTC)], pa.timestamp("ms", tz="America/New_York"))
    table = pa.table({
        "Opportunity ID": pa.array([7], pa.int32()), "Stage": pa.array(["Won"]).dictionary_encode(), "CloseDate": pa.array([date(2026, 1, 2)]),
        "Amount": pa.array([Decimal("1.2345678")], pa.decimal128(12, 7)), "CreatedDate": stamps, "IsWon": pa.array([True]),
    })  # fmt: skip
    pq.write_table(table, folder / "opportunities.parquet")
    row = land(folder)["opportunities"][0]
    assert (row["opportunity_id"], row["amount"], row["is_won"]) == ("7", Decimal("1.2345678"), True)
    assert row["created_at"] == datetime(2026, 1, 2, 3, tzinfo=UTC)


def test_names_meet_the_listed_reps_and_accounts(folder: Path) -> None:
    """A name listed once gets that id; one listed twice or nowhere an id of its own; ids win over names."""
    put(
        folder,
        reps__csv="rep_id,rep_name,email\nU1,Ann Lee,ann@x.com\nU2,Ben,\nU3,Ben,\n",
        accounts__csv="account_id,account_name\nA1,Acme  Corp\n",
        deals__csv="Deal ID,Stage,Close Date,Owner,Account,Account ID\n1,Won,2026-01-01,ANN LEE,acme corp,\n2,Won,2026-01-01,ben,Other,\n"
        "3,Won,2026-01-01,ann@x.com,Known,A9\n",
    )  # fmt: skip
    landed = land(folder)
    deals = landed["opportunities"]
    assert [d["owner_id"] for d in deals] == ["U1", "name:ben", "U1"]
    assert [d["account_id"] for d in deals] == ["A1", "name:other", "A9"]
    assert {a["account_id"]: a["account_name"] for a in landed["accounts"]} == {
        "A1": "Acme  Corp",
        "name:other": "Other",
        "A9": "Known",
    }
    assert [r["rep_id"] for r in landed["reps"]] == ["U1", "U2", "U3", "name:ben"]
    assert landed["reps"][3]["valid_from"] == date(1900, 1, 1)


def test_files_beside_salesforce_refer_to_it(folder: Path) -> None:
    """`refers_to` says whose ids a column holds; ids made of names stay the files' own."""
    put(
        folder,
        mapping__yml="account: finance\nrefers_to: {reps: crm}\n",
        quotas__csv="rep_id,rep_name,period_start,quota_amount\n005A,,2026-01-01,1000\n,Cid,2026-01-01,500\n",
    )
    landed = land(folder)
    assert [(q["rep_id"], q["rep_id" + REFERENCE_SUFFIX]) for q in landed["quotas"]] == [
        ("005A", "crm"),
        ("name:cid", "finance"),
    ]


def test_rows_without_an_id_get_a_lasting_one(folder: Path) -> None:
    """Ids of changes and lines are made of what they are about: lasting when a value or a column is added, distinct."""
    put(
        folder,
        opportunity_history__csv="opportunity_id,changed_at,stage\nD1,2026-01-01,New\nD1,2026-01-01,New\nD1,2026-01-02,Won\n",
    )
    first, second = ([r["history_id"] for r in land(folder)["opportunity_history"]] for _ in range(2))
    assert first == second
    assert len(set(first)) == 3
    put(
        folder,
        opportunity_history__csv="opportunity_id,changed_at,stage,amount\nD1,2026-01-01,New,1.5\nD1,2026-01-01,Old,2.5\n",
    )
    assert [r["history_id"] for r in land(folder)["opportunity_history"]] == first[:2]


def test_defaults_fill_empty_and_absent_columns(folder: Path) -> None:
    """Quotas are monthly and of bookings unless they say otherwise."""
    put(
        folder,
        quotas__csv="rep_id,period_start,quota_amount,measure\nU1,2026-01-01,1000,\nU1,2026-02-01,1000,meetings\n",
    )
    assert [(q["measure"], q["period_type"]) for q in land(folder)["quotas"]] == [
        ("bookings", "month"),
        ("meetings", "month"),
    ]


def test_loads_are_full_unless_said(folder: Path) -> None:
    """`load: append` never marks deletions."""
    put(folder, deals__csv=DEALS)
    assert modes(folder) == {"files__opportunities": "full"}
    put(folder, mapping__yml="load: append\n")
    assert modes(folder) == {"files__opportunities": "append"}


def test_several_files_feed_one_template(folder: Path) -> None:
    """Deals by year are one table, one landing."""
    put(folder, deals_2025__csv=DEALS, deals_2026__csv=DEALS.replace("D1", "E1").replace("D2", "E2"))
    assert [d["opportunity_id"] for d in land(folder)["opportunities"]] == ["D1", "D2", "E1", "E2"]


def test_null_words_are_empty_where_no_text_is_meant(folder: Path) -> None:
    """`NULL` and `N/A` are data in a text column and nothing in a number, date or flag."""
    put(folder, deals__csv="Deal ID,Deal Name,Stage,Close Date,Amount,Won\n1,NULL,Won,2026-01-01,n/a,NULL\n")
    (deal,) = land(folder)["opportunities"]
    assert (deal["opportunity_name"], deal["amount"], deal["is_won"]) == ("NULL", None, None)


def test_a_file_with_a_header_only_is_empty(folder: Path) -> None:
    """With or without a line end."""
    for content in ("Deal ID,Stage,Close Date", "Deal ID,Stage,Close Date\n"):
        put(folder, deals__csv=content)
        assert land(folder)["opportunities"] == []
