"""`attain init`: a company's folder, ready to be edited."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from attain.errors import SettingsError
from extract.company import TABLES, Company
from extract.plan import FILE
from extract.yaml_document import validated

_SETTINGS = """\
# What this company settles for itself; docs/companies.md says what each line does. All of it is read at each run, and a
# change makes the next run rebuild everything once.
name: {name}
time_zone: {time_zone}
currency: {currency}
fiscal_year_start_month: {fiscal_year_start_month}
fiscal_calendar: {fiscal_calendar}
week_start: {week_start}
fiscal_year_end: {fiscal_year_end}
fiscal_year_named_after: {fiscal_year_named_after}
working_hours: {working_hours}
lead_response_hours: {lead_response_hours}
minimum_cases: {minimum_cases}
max_rejected: {max_rejected}
max_deletions: {max_deletions}
rates: {rates}
"""

_SOURCES = """\
# Which sources are on. The account is part of every key: never change it once data has been loaded.
# Credentials never stand here (docs/salesforce.md).
"""

_EXAMPLE = """\
#
# sources:
#   salesforce:
#     account: salesforce
#   files:
#     path: {path}
#     account: files
"""


def write(folder: Path, settings: Company, files: Path | None, *, salesforce: bool) -> list[Path]:
    """Write company.yml, sources.yml and an empty table for each mapping; what is there stays as it is.

    Args:
        files: the folder of exports, if there is one; made when missing.
        salesforce: whether a Salesforce org is a source.

    Returns: the files that were written.

    Raises:
        SettingsError: the folder is a company already.
    """
    if (folder / FILE).exists():
        raise SettingsError(f"{folder}: this company is there already. Nothing was written. Edit its files instead.")
    (folder / "mappings").mkdir(parents=True, exist_ok=True)
    if files is not None:
        files.mkdir(parents=True, exist_ok=True)
    return list(_written(folder, settings, files, salesforce))


def settings(name: str, **chosen: Any) -> Company:
    """The company's settings: what was chosen, and the defaults.

    Raises:
        SettingsError: a time zone, currency or month that does not exist.
    """
    return validated(
        Company, {"name": name} | {key: value for key, value in chosen.items() if value is not None}, "init"
    )


def _written(folder: Path, settings: Company, files: Path | None, salesforce: bool) -> Iterator[Path]:
    texts = {"company.yml": _SETTINGS.format(**_plain(settings))}
    for table in TABLES:
        name = table.name.removeprefix("company__")
        if name != "settings":
            texts[f"mappings/{name}.csv"] = ",".join(column.name for column in table.columns) + "\n"
    # Last, since by it the folder is a company.
    texts[FILE] = _sources(folder, files, salesforce)
    for name, text in texts.items():
        path = folder / name
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            yield path


def _plain(settings: Company) -> dict[str, str]:
    """Values as YAML writes them, so that a name like `No: 1` stays a text and half an hour stays 0.5."""
    return {
        key: (
            format(value, "f")
            if isinstance(value, Decimal)
            else yaml.safe_dump(value, explicit_end=False, width=1000, allow_unicode=True)
            .removesuffix("\n...\n")
            .strip()
        )
        for key, value in settings.model_dump().items()
    }


def _sources(folder: Path, files: Path | None, salesforce: bool) -> str:
    on: dict[str, dict[str, str]] = {}
    if salesforce:
        on["salesforce"] = {"account": "salesforce"}
    if files is not None:
        on["files"] = {"path": str(files), "account": "files"}
    if on:
        return _SOURCES + yaml.safe_dump({"sources": on}, sort_keys=False, allow_unicode=True)
    return _SOURCES + _EXAMPLE.format(path=folder / "exports") + "sources: {}\n"
