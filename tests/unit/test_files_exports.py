"""Exports of the usual systems: what is special to each, without a mapping."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from attain.errors import UnreadableInput
from tests.files import land, put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "acme"
    made.mkdir()
    return made


def test_pipedrive_needs_no_mapping(folder: Path) -> None:
    """Its headers say the object first, and the outcome stands in Status."""
    put(folder, deals_8812__csv="Deal - ID,Deal - Title,Deal - Value,Deal - Stage,Deal - Status,Deal - Deal created,Deal - Expected close date,Deal - Won time,Deal - Lost time\n"
        '1,Big,"1,200",Proposal Made,Won,2026-01-03 10:00:00,2026-02-10,2026-02-03 10:00:00,\n2,Small,"12,000.5",Demo,Open,2026-01-04 10:00:00,2026-03-01,,\n')  # fmt: skip
    deals = land(folder)["opportunities"]
    assert [(d["opportunity_name"], d["amount"], d["close_date"], d["is_won"], d["is_closed"]) for d in deals] == [
        ("Big", 1200, date(2026, 2, 3), True, True),
        ("Small", Decimal("12000.5"), date(2026, 3, 1), False, False),
    ]


def test_hubspot_stages_stand_alone(folder: Path) -> None:
    """`Closed won (Sales Pipeline)` beside the pipeline's name is the stage `Closed won`; other brackets stay."""
    put(
        folder,
        deals__csv="Record ID,Deal Stage,Pipeline,Close Date\n1,Closed won (Sales Pipeline),Sales Pipeline,2026-01-01\n2,Won (late),Sales Pipeline,2026-01-01\n",
    )
    assert [d["stage"] for d in land(folder)["opportunities"]] == ["Closed won", "Won (late)"]


def test_salesforce_tasks_know_who_and_what(folder: Path) -> None:
    """WhoId is a contact or a lead, WhatId a deal, by their prefixes."""
    put(
        folder,
        Task__csv="Id,WhoId,WhatId,ActivityDate,CreatedDate,Subject,TaskSubtype\nT1,003A,006B,2026-01-02,2026-01-01T00:00:00Z,Hi,Call\nT2,00QA,001B,,2026-01-01T00:00:00Z,Hi,\n",
    )
    tasks = land(folder)["activities"]
    assert [(t["contact_id"], t["lead_id"], t["opportunity_id"], t["activity_type"]) for t in tasks] == [
        ("003A", None, "006B", "Call"),
        (None, "00QA", None, "Task"),
    ]
    assert tasks[1]["activity_at"] == datetime(2026, 1, 1, tzinfo=UTC)


def test_salesforce_field_history_speaks_our_words(folder: Path) -> None:
    """Fields by our names, values in canonical text; owners by name are apart from owners by id."""
    put(folder, OpportunityFieldHistory__csv="Id,OpportunityId,CreatedDate,Field,OldValue,NewValue\n"
        '1,006A,2026-01-02T00:00:00Z,StageName,New,Won\n2,006A,2026-01-02T00:00:00Z,Amount,,"1,200.50"\n3,006A,2026-01-02T00:00:00Z,Owner,Ann,Ben\n'
        "4,006A,2026-01-02T00:00:00Z,Owner,005A,005B\n5,006A,2026-01-02T00:00:00Z,CloseDate,1/2/2026,1/31/2026\n6,006A,2026-01-02T00:00:00Z,created,,\n")  # fmt: skip
    rows = land(folder)["opportunity_field_history"]
    assert [(r["field"], r["old_value"], r["new_value"]) for r in rows] == [
        ("stage", "New", "Won"), ("amount", None, "1200.5"), ("owner_name", "Ann", "Ben"), ("owner_id", "005A", "005B"),
        ("close_date", "2026-01-02", "2026-01-31"), ("created", None, None),
    ]  # fmt: skip


def test_amounts_of_several_currencies_keep_theirs(folder: Path) -> None:
    """Signs that mean one currency become `currency_code`; `$` beside others may mean several and stops."""
    head = "Deal ID,Stage,Close Date,Amount\n"
    put(folder, deals__csv=head + '1,Won,2026-01-01,"EUR 1,200.50"\n2,Won,2026-01-01,£300\n3,Won,2026-01-01,5.5\n')
    assert [(d["amount"], d["currency_code"]) for d in land(folder)["opportunities"]] == [
        (Decimal("1200.5"), "EUR"),
        (Decimal(300), "GBP"),
        (Decimal("5.5"), None),
    ]
    put(folder, deals__csv=head + "1,Won,2026-01-01,€5.5\n2,Won,2026-01-01,$300\n")
    with pytest.raises(UnreadableInput, match=r"several currencies \(\$, €\).*currency_code"):
        land(folder)
    put(folder, deals__csv=head + "1,Won,2026-01-01,$5.5\n2,Won,2026-01-01,$300\n")
    assert [d["currency_code"] for d in land(folder)["opportunities"]] == [None, None]
