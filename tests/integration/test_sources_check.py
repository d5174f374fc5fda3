"""`attain sources check`: in words, without secrets, and 1 where a run could not succeed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from attain.cli import app
from tests.salesforce_org import CLIENT_ID, SECRET, Org, serve

FIELDS = {"Id": "id", "Name": "string", "CreatedDate": "datetime", "SystemModstamp": "datetime", "IsDeleted": "boolean"}


@pytest.fixture
def org() -> Iterator[Org]:
    """An org that shows deals without amounts, and users."""
    with serve(Org({"Opportunity": dict(FIELDS), "User": dict(FIELDS)})) as made:
        made.now = datetime.now(UTC)
        made.allowance = [15_000, 12_000]
        yield made


@pytest.fixture
def folder(org: Org, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company with Salesforce on, and its login in the environment."""
    made = tmp_path / "companies" / "acme"
    made.mkdir(parents=True)
    (made / "sources.yml").write_text("sources:\n  salesforce:\n    leave_requests: 0.2\n")
    for name, value in {"URL": org.url, "CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": SECRET}.items():
        monkeypatch.setenv(f"ATTAIN_SALESFORCE_{name}", value)
    monkeypatch.setenv("ATTAIN_HOME", str(tmp_path))
    return made


def check() -> Result:
    return CliRunner().invoke(app, ["sources", "check", "--company", "acme"])


@pytest.mark.usefixtures("folder")
def test_what_is_there_is_said_in_words(org: Org) -> None:
    """Address, login, version, allowance, objects and fields that are missing with what is lost, the clock; no secret."""
    told = check()
    assert told.exit_code == 0, told.output
    for words in (
        org.url, "by client credentials", "login accepted", "API version 68.0", "11,998 of 15,000 API requests",
        "OpportunityHistory: not there, or not visible to the user. Lost: amounts, stages",
        "2 of 16 objects visible: User, Opportunity", "clock and ours agree", "settings and mappings can be read",
    ):  # fmt: skip
        assert words in told.output
    assert re.search(r"Opportunity: left empty, .*StageName, Amount", told.output)
    assert SECRET not in told.output


@pytest.mark.usefixtures("folder")
def test_a_clock_that_is_off_and_a_limit_nearly_used_up_are_said(org: Org) -> None:
    """The one is no obstacle; the other is, by the share that sources.yml leaves to others."""
    org.now += timedelta(minutes=10)
    org.allowance = [15_000, 3_050]
    told = check()
    assert told.exit_code == 1
    assert re.search(r"our clock is \d+ s behind the org's; runs go by the org's", told.output)
    assert (
        "3,048 of the org's 15,000 API requests of the last 24 hours are left, and 20% of them (3,000)" in told.output
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("secret", "login refused, invalid_client"), ("deals", "Opportunity: not there, or not visible to the user. Lost: everything"),
        ("version", "the org has no API version 99.0"), ("nobody", "cannot be reached"), ("unset", "ATTAIN_SALESFORCE_CLIENT_SECRET not set"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_what_would_stop_a_run_exits_with_1(org: Org, monkeypatch: pytest.MonkeyPatch, change: str, words: str) -> None:
    """A wrong secret, hidden deals, an unknown version, nobody there, a login by halves."""
    if change == "deals":
        del org.fields["Opportunity"]
    variables = {
        "secret": ("CLIENT_SECRET", "not-the-secret"), "version": ("VERSION", "99.0"),
        "nobody": ("URL", "http://127.0.0.1:9"), "unset": ("CLIENT_SECRET", ""),
    }  # fmt: skip
    if change in variables:
        name, value = variables[change]
        monkeypatch.setenv(f"ATTAIN_SALESFORCE_{name}", value)
    told = check()
    assert told.exit_code == 1
    assert words in told.output
    assert "not-the-secret" not in told.output


def test_files_are_said_in_one_line(folder: Path, tmp_path: Path) -> None:
    """With how many rows they hold, or why they cannot be loaded."""
    files = tmp_path / "exports"
    files.mkdir()
    (files / "reps.csv").write_text("rep_id,name\nE1,Ann\nE2,Ben\n")
    (folder / "sources.yml").write_text(f"sources:\n  files:\n    path: {files}\n")
    told = check()
    assert (told.exit_code, "1 files, 2 rows" in told.output) == (0, True), told.output
    (files / "reps.csv").write_bytes(b"\xff\xfe\x00broken")
    told = check()
    assert (told.exit_code, "cannot be loaded as they are" in told.output) == (1, True), told.output
