"""The company's folder: defaults, what replaces them, what is refused, its fingerprint."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from attain.errors import SettingsError
from extract import company, company_folder, new_company
from extract.company import CompanySettings
from extract.source import Cursors
from tests.files import put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "acme"
    (made / "mappings").mkdir(parents=True)
    return made


def table(folder: Path, name: str, **stages: str) -> dict[Any, dict[str, Any]]:
    """A company table by its key in lower case."""
    batch = company.rows(CompanySettings(folder, stages))[f"company__{name}"]
    key = batch.schema.names[0]
    return {str(row[key]).lower(): row for row in batch.to_pylist()}


def test_a_company_without_a_folder_has_the_defaults(tmp_path: Path) -> None:
    """Its name is the folder's; every table is there, and Salesforce's stages are mapped."""
    nowhere = tmp_path / "nowhere"
    settings = company.load(nowhere)
    assert (settings.name, settings.time_zone, settings.currency, settings.max_rejected) == (
        "nowhere",
        "UTC",
        "USD",
        0.05,
    )
    stages = table(nowhere, "stages")
    assert (stages["closed won"]["stage"], stages["closed won"]["outcome"], stages["closed won"]["stage_order"]) == (
        "post_sale",
        "won",
        6,
    )
    assert (stages["closed lost"]["outcome"], stages["id. decision makers"]["stage_order"]) == ("lost", 3)
    assert table(nowhere, "interactions")["registered"]["funnel_stage"] == "interest"


def test_own_rows_replace_defaults_of_the_same_value(folder: Path) -> None:
    """Compared without case and outer spaces; outcome and order follow from the stage unless said."""
    put(folder / "mappings", stages__csv="source_stage;stage;probability\n CLOSED WON ;closing;95 %\nGewonnen;won;\n")
    stages = table(folder, "stages")
    assert (stages["closed won"]["stage"], stages["closed won"]["outcome"], stages["closed won"]["probability"]) == (
        "closing",
        "open",
        95,
    )
    assert (stages["gewonnen"]["stage"], stages["gewonnen"]["outcome"]) == ("post_sale", "won")
    assert len(stages) == len(table(folder.parent, "stages")) + 1


def test_stages_of_a_mapping_go_before_all(folder: Path) -> None:
    """`stages:` in mapping.yml."""
    assert table(folder, "stages", Signed="won", **{"Closed Won": "Closing"})["signed"]["outcome"] == "won"


def test_settings_are_flattened_and_holidays_listed(folder: Path) -> None:
    """company.yml as the models see it."""
    put(folder, company__yml="name: Acme\ncurrency: EUR\nholidays: {2026-12-25: Christmas}\n")
    settings = table(folder, "settings")
    assert {name: settings[name]["value"] for name in ("name", "currency", "minimum_cases", "rates")} == {
        "name": "Acme", "currency": "EUR", "minimum_cases": "5", "rates": "plan",
    }  # fmt: skip
    assert (settings["working_hours"]["value"], settings["lead_response_hours"]["value"]) == ("09:00-17:00", "1")
    assert table(folder, "holidays")["2026-12-25"]["holiday_name"] == "Christmas"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("company.yml", "currencie: EUR", r"company.yml: `currencie` is not a key.*Did you mean `currency`"),
        ("company.yml", "time_zone: Berlin", r"'Berlin' is not a time zone"),
        ("company.yml", "fiscal_year_start_month: 13", r"`fiscal_year_start_month`"),
        ("company.yml", "working_hours: 9-17", r"'9-17' are no hours of a day.*such as 09:00-17:00"),
        ("company.yml", "working_hours: 17:00-09:00", r"'17:00-09:00' are no hours of a day"),
        ("company.yml", "lead_response_hours: 0", r"`lead_response_hours`"),
        ("company.yml", "rates: monthly", r"`rates` must be 'plan' or 'spot'; found 'monthly'"),
        ("mappings/stages.csv", "source_stage,stage\nFoo,qualified", r"mappings/stages.csv row 2: stage 'qualified' must be one of lead_generation.*Did you mean `qualification`"),
        ("mappings/stages.csv", "source_stage,stag\nFoo,lost", r"column `stag` is unknown. Did you mean `stage`"),
        ("mappings/stages.csv", "source_stage\nFoo", r"column `stage` is missing"),
        ("mappings/stages.csv", "source_stage,stage,probability\nFoo,lost,much", r"row 2: `probability` 'much' is not a number"),
        ("mappings/interactions.csv", "interaction,funnel_stage\nHi,desire", r"funnel_stage 'desire' must be one of awareness"),
        ("mappings/holidays.csv", "holiday_date,holiday_name\n25.12.2026,x", r"'25.12.2026' is not a date such as 2026-12-25"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_says_why(folder: Path, name: str, content: str, message: str) -> None:
    """File, row, value, what is allowed."""
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        company.rows(CompanySettings(folder))


def test_the_fingerprint_changes_with_any_of_it(folder: Path) -> None:
    """Settings, mappings, sources and what is named beside them."""
    beside = folder / "mapping.yml"
    prints = [company.fingerprint(folder, [beside])]
    for path in (folder / "company.yml", folder / "sources.yml", folder / "mappings" / "roles.csv", beside):
        path.write_text("source_role,role\nX,y\n")
        prints.append(company.fingerprint(folder, [beside]))
    assert len(set(prints)) == 5
    assert company.fingerprint(folder, [beside]) == prints[-1]


def test_settings_beside_the_files_hold_where_the_company_has_none(tmp_path: Path) -> None:
    """The company's own folder goes first."""
    files = tmp_path / "files"
    files.mkdir()
    assert company.folder_for(tmp_path, "acme", files) == tmp_path / "acme"
    put(files, company__yml="name: Acme")
    assert company.folder_for(tmp_path, "acme", files) == files
    (tmp_path / "acme").mkdir()
    put(tmp_path / "acme", company__yml="name: Acme")
    assert company.folder_for(tmp_path, "acme", files) == tmp_path / "acme"


def test_the_source_yields_every_table_whole(folder: Path) -> None:
    """As full loads that may delete any number of rows: people edit mappings freely."""
    batches = list(company_folder.SOURCE.batches(CompanySettings(folder), "company", Cursors()))
    assert {b.table.name for b in batches} == {t.name for t in company.TABLES}
    assert all((b.mode, b.account, b.max_deletions) == ("full", "company", 1.0) for b in batches)


def test_a_new_company_reads_as_it_was_written(tmp_path: Path) -> None:
    """Every setting has a line that the reader understands, fractions of an hour and names like `No: 1` included."""
    wanted = new_company.settings("No: 1", currency="EUR").model_copy(update={"lead_response_hours": Decimal("0.5")})
    new_company.write(tmp_path / "new", wanted, None, salesforce=False)
    assert company.load(tmp_path / "new") == wanted
