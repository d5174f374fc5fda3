"""The doctor: what would stop a run is said in words, and what is sound is not complained of."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from attain import job, migrate, postgres, settings
from attain.doctor import database, examination, machine
from attain.doctor.finding import Finding
from tests import companies
from tests.databases import TestServer
from tests.files import put

DEALS = "Deal ID,Stage,Close Date,Amount,Owner\n" + "".join(f"D{i},Won,2026-01-01,{i}.5,Ann\n" for i in range(1, 31))


@pytest.fixture
def company(server: TestServer, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A company of files with a prepared database, one per test."""
    name = f"doctor_{abs(hash(request.node.name)) % 10**9}"
    folder = tmp_path / "exports"
    folder.mkdir()
    put(folder, deals__csv=DEALS)
    with companies.at_home(server.home):
        yield companies.of_files(server.home, name, folder)


def found(company: str) -> dict[tuple[str, str], Finding]:
    return {(each.area, each.what): each for each in examination.examine(settings.load(company))}


def wrong(company: str) -> list[tuple[str, str]]:
    return [where for where, finding in found(company).items() if finding.state == "wrong"]


def test_a_sound_installation_is_found_sound(company: str) -> None:
    """Before the first run and after its preparation, nothing is wrong; each odd thing says what to do."""
    before = found(company)
    assert [f for f in before.values() if f.state == "wrong"] == []
    assert before["database", "preparation"].state == "odd"
    job.prepare(company)
    after = found(company)
    assert after["database", "preparation"].state == "fine"
    assert after["database", "last run"].found == "none yet"
    assert all(f.what_to_do for f in (*before.values(), *after.values()) if f.state != "fine")


def test_how_the_last_run_ended_is_told(company: str) -> None:
    """A failed run with its error, a killed one with when it began, and rows that wait."""
    job.prepare(company)
    run_id = job.begin(company, "test", "pytest")
    assert "has not ended" in found(company)["database", "last run"].found
    job.fail(company, run_id, "extract files: deals.csv cannot be read.")
    told = found(company)["database", "last run"]
    assert (told.state, "deals.csv cannot be read" in told.found) == ("odd", True)


def test_a_database_of_another_version_is_told(company: str) -> None:
    job.prepare(company)
    owner = postgres.engine(migrate.connect(settings.load(company)), "owner")
    with postgres.transaction(owner) as connection:
        connection.execute(sa.text("update ops.schema_version set version_num = '0000'"))
    told = found(company)["database", "preparation"]
    assert (told.state, "attain migrate" in told.what_to_do) == ("odd", True)


@pytest.mark.parametrize(
    ("name", "text", "area"),
    [
        ("company.yml", "name: Acme\ncurrency: euros\n", "company"),
        ("company.yml", "name: Acme\ntime_zone: Berlin\n", "company"),
        ("mappings/stages.csv", "source_stage,stage\nWon,maybe\n", "company"),
        ("sources.yml", "sources:\n  salesforce: {}\n", "salesforce"),
        ("sources.yml", "sources:\n  files:\n    path: nowhere\n", "company"),
        ("sources.yml", "sources: {}\n", "company"),
    ],
)
def test_a_slip_in_the_companys_folder_is_wrong(company: str, name: str, text: str, area: str) -> None:
    """Unknown currency, zone, stage or folder, credentials that are not there, no source at all."""
    path = settings.load(company).company_folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert [where[0] for where in wrong(company)] == [area]


def test_a_folder_that_would_stop_a_run_is_wrong(company: str, tmp_path: Path) -> None:
    """Half of the rows bad, and a file that cannot be read; the file is named, no value is."""
    put(tmp_path / "exports", deals__csv=DEALS.replace("2026-01-01", "soon", 15))
    assert wrong(company) == [("files", "deals.csv")]
    (tmp_path / "exports/deals.csv").write_bytes(b"Deal ID,Stage,Close Date\n\xff\xfe\x00,secret@example.org,1\n")
    told = [f for f in found(company).values() if f.state == "wrong"]
    assert [f.area for f in told] == ["files"]
    assert "secret@example.org" not in str(told)


def test_an_unreachable_database_is_wrong_and_its_password_is_not_told(
    company: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTAIN_DATABASE_URL", "postgresql://someone:hidden-word@127.0.0.1:9/nothing")
    told = list(database.look(settings.load(company)))
    assert [(f.what, f.state) for f in told] == [("connection", "wrong")]
    assert "hidden-word" not in str(told)


def test_keys_that_others_may_read_are_wrong(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{}", encoding="utf-8")
    (tmp_path / "secrets.json").chmod(0o644)
    told = {f.what: f for f in machine.look(settings.Settings(tmp_path, "any"))}
    assert (told["passwords"].state, "chmod 600" in told["passwords"].what_to_do) == ("wrong", True)
    assert {f.state for what, f in told.items() if what not in ("passwords", "browser", "memory", "disk")} == {"fine"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    told = {f.what: f for f in machine.look(settings.Settings(tmp_path / "home", "any"))}
    assert told["home"].state == "wrong"
