"""Which sources a company has on: its sources.yml."""

from pathlib import Path

import pytest

from attain.errors import SettingsError
from extract import plan, registry

SEVERAL = """
sources:
  salesforce:
  emea: {source: salesforce, account: europe}
  shop: {source: files, path: shop}
  files: {path: exports}
"""


def _folder(tmp_path: Path, sources: str) -> Path:
    for name in ("shop", "exports"):
        (tmp_path / name).mkdir(exist_ok=True)
    (tmp_path / "sources.yml").write_text(sources)
    return tmp_path


def test_several_of_one_kind_have_accounts_of_their_own(tmp_path: Path) -> None:
    planned = plan.read(_folder(tmp_path, SEVERAL))
    assert [(each.name, each.source, each.account) for each in planned] == [
        ("company", "company", "company"), ("salesforce", "salesforce", "salesforce"), ("emea", "salesforce", "europe"),
        ("shop", "files", "shop"), ("files", "files", "files"),
    ]  # fmt: skip


def test_a_mapping_says_whose_ids_the_files_hold(tmp_path: Path) -> None:
    folder = _folder(tmp_path, SEVERAL)
    (folder / "shop" / "mapping.yml").write_text("account: store\n")
    assert plan.entry(folder, "shop").account == "store"


def test_one_account_twice_is_refused(tmp_path: Path) -> None:
    sources = "sources: {files: {path: exports}, shop: {source: files, path: shop, account: files}}"
    with pytest.raises(SettingsError, match="files and shop both load into account 'files'"):
        plan.read(_folder(tmp_path, sources))


@pytest.mark.parametrize("name", ["EMEA", "e-mea", "9", "company"])
def test_a_name_that_no_variable_or_task_could_bear_is_refused(tmp_path: Path, name: str) -> None:
    sources = f"sources: {{'{name}': {{source: salesforce, account: x}}}}"
    with pytest.raises(SettingsError, match=name):
        plan.read(_folder(tmp_path, sources))


def test_a_kind_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no source 'oracle'"):
        plan.read(_folder(tmp_path, "sources: {emea: {source: oracle}}"))


def test_credentials_of_one_org_are_never_taken_for_the_other(tmp_path: Path) -> None:
    """Each reads the variables with its own name in them, and what is missing is said by that name."""
    planned = plan.entry(_folder(tmp_path, SEVERAL), "emea")
    environment = {
        "ATTAIN_SALESFORCE_URL": "https://one.example",
        "ATTAIN_EMEA_URL": "https://two.example",
        "ATTAIN_HOME": "/x",
    }
    assert planned.own(environment) == {
        "ATTAIN_SALESFORCE_URL": "https://two.example", "ATTAIN_EMEA_URL": "https://two.example", "ATTAIN_HOME": "/x",
    }  # fmt: skip
    own = plan.entry(tmp_path, "salesforce").own(environment)
    assert own["ATTAIN_SALESFORCE_URL"] == "https://one.example"
    with pytest.raises(SettingsError, match=r"emea: ATTAIN_EMEA_URL, ATTAIN_EMEA_CLIENT_ID"):
        registry.source("salesforce").settings(planned, planned.own({"ATTAIN_SALESFORCE_URL": "https://one.example"}))
