"""Files into raw: what is set aside, what returns, what is deleted, whose ids they are."""

from pathlib import Path

import pytest

from attain.errors import UnreadableInput
from attain.runs import Run
from attain.settings import Database
from extract import company, company_folder
from extract.files.source import SOURCE, FilesSettings
from extract.land import Landed, extract
from tests.files import put
from tests.landing import rows

HEAD = "Deal ID,Stage,Close Date,Amount,Owner\n"
GOOD = "".join(f"D{i},Won,2026-01-01,{i}.5,Ann\n" for i in range(1, 31))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "acme"
    made.mkdir()
    return made


def landed(database: Database, run: Run, folder: Path) -> dict[str, Landed]:
    settings = FilesSettings(folder, company.load(folder))
    return {each.table.removeprefix("files__"): each for each in extract(database, run, SOURCE, settings, "files")}


def test_a_bad_row_waits_in_quarantine_and_returns_when_mended(database: Database, run: Run, folder: Path) -> None:
    """The good rows land; the bad one stands with file, row, column, value and rule until the file is right."""
    put(folder, deals__csv=HEAD + "D0,Won,soon,7.5,Ben\n" + GOOD)
    first = landed(database, run, folder)["opportunities"]
    assert (first.inserted, first.rejected) == (30, 1)
    told = "select source_file, row_number, row_key, column_name, value, rule, \"row\" ->> 'Owner' from ops.quarantine"
    assert rows(database, told) == [("deals.csv", 2, "D0", "close_date", "soon", "close_date is a date", "Ben")]
    put(folder, deals__csv=HEAD + "D0,Won,2026-02-01,7.5,Ben\n" + GOOD)
    assert landed(database, run, folder)["opportunities"].inserted == 1
    assert rows(database, "select resolution from ops.quarantine") == [("returned",)]


def test_a_row_that_is_gone_is_deleted_and_a_half_file_is_refused(database: Database, run: Run, folder: Path) -> None:
    """Each load is the whole truth, unless more than 20 % is missing; `append` deletes nothing."""
    put(folder, deals__csv=HEAD + GOOD)
    landed(database, run, folder)
    put(folder, deals__csv=HEAD + GOOD.split("\n", 1)[1])
    assert landed(database, run, folder)["opportunities"].deleted == 1
    put(folder, deals__csv=HEAD)
    with pytest.raises(UnreadableInput):
        landed(database, run, folder)
    put(folder, deals__csv=HEAD + "D99,Won,2026-01-01,1.5,Ann\n", mapping__yml="load: append\n")
    assert landed(database, run, folder)["opportunities"].deleted == 0
    assert rows(database, "select count(*) from raw.files__opportunities where _deleted_at is null") == [(30,)]


def test_amounts_finer_than_the_column_are_rounded_and_counted(database: Database, run: Run, folder: Path) -> None:
    """Half away from zero, and the summary says how many."""
    put(folder, deals__csv=HEAD + "D0,Won,2026-01-01,0.0000005,Ann\n" + GOOD)
    assert landed(database, run, folder)["opportunities"].rounded == 1
    assert (
        str(rows(database, "select amount from raw.files__opportunities where opportunity_id = 'D0'")[0][0])
        == "0.000001"
    )


def test_nothing_lands_of_a_folder_with_an_unreadable_file(database: Database, run: Run, folder: Path) -> None:
    """All files are read before the first one lands."""
    put(folder, deals__csv=HEAD + GOOD, quotas__csv="Rep,Month,Quota\nAnn,01/02/26,5\n")
    with pytest.raises(UnreadableInput, match=r"quotas\.csv"):
        landed(database, run, folder)
    assert rows(database, "select count(*) from raw.files__opportunities") == [(0,)]


def test_people_known_by_name_become_reps_of_the_files_account(database: Database, run: Run, folder: Path) -> None:
    """And references of other files point to their own accounts."""
    put(
        folder,
        deals__csv=HEAD + GOOD,
        quotas__csv="rep_id,rep_name,period_start,quota_amount\n005A,,2026-01-01,10.5\n,Ann,2026-01-01,20\n",
        mapping__yml="account: finance\nrefers_to: {reps: crm}\n",
    )
    landed(database, run, folder)
    assert rows(database, "select _account, rep_id, rep_name from raw.files__reps") == [("finance", "name:ann", "Ann")]
    assert rows(database, "select distinct owner_id, owner_id__account from raw.files__opportunities") == [
        ("name:ann", "finance")
    ]
    quotas = "select rep_id, rep_id__account from raw.files__quotas order by 1"
    assert rows(database, quotas) == [("005A", "crm"), ("name:ann", "finance")]


def test_the_company_folder_lands_beside_its_files(database: Database, run: Run, folder: Path) -> None:
    """Settings and mappings as tables; a mapping taken out is deleted without ado."""
    (folder / "mappings").mkdir()
    put(folder / "mappings", stages__csv="source_stage,stage\nGewonnen,won\n")
    settings = company.CompanySettings(folder, {"Angebot": "proposal_and_negotiation"})
    extract(database, run, company_folder.SOURCE, settings, "company")
    stages = "select source_stage, stage, outcome, stage_order from raw.company__stages where source_stage in ('Gewonnen', 'Angebot') and _deleted_at is null order by 1"
    assert rows(database, stages) == [
        ("Angebot", "proposal_and_negotiation", "open", 4),
        ("Gewonnen", "post_sale", "won", 6),
    ]
    (folder / "mappings" / "stages.csv").unlink()
    extract(database, run, company_folder.SOURCE, company.CompanySettings(folder), "company")
    assert rows(database, stages) == []
