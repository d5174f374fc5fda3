"""Which sources a company has on, by its `sources.yml`, and the settings each is given.

    sources:
      salesforce:
        account: salesforce
      files:
        path: ../exports
        account: files
      emea:
        source: salesforce
        account: emea

The company's own folder (settings and mappings) is a source too and always on.
"""

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from attain.errors import SettingsError
from extract import registry
from extract.source import Planned
from extract.yaml_document import read_yaml, validated

FILE = "sources.yml"
COMPANY = "company"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


class SourceEntry(BaseModel):
    """What sources.yml may say of one source.

    Args:
        source: which source it is, where its name here is one of the company's own: a second org, another folder.
        account: names the source account; part of every key, so it stays as it is once data has been loaded.
        path: folder of files; relative to sources.yml.
        leave_requests: share of an API's requests of a day that runs leave to others, 0 to below 1.
        compare_ids_days: days after which all ids are compared although the API tells deletions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str | None = None
    account: str | None = None
    path: Path | None = None
    leave_requests: float | None = Field(default=None, ge=0, lt=1)
    compare_ids_days: float | None = Field(default=None, ge=0, le=3650)


class SourcesFile(BaseModel):
    """The whole of sources.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: dict[str, SourceEntry | None] = {}


def read(folder: Path) -> tuple[Planned, ...]:
    """The sources of the company in `folder`, its own folder first.

    Raises:
        SettingsError: sources.yml is missing, unreadable, names a source that does not exist, or one account twice.
    """
    path = folder / FILE
    if not path.is_file():
        raise SettingsError(
            f"{path}: there is no such company. Nothing was read. Write its sources.yml (docs/companies.md), or load a "
            "folder of files with `attain run --source files --path FOLDER`."
        )
    known = validated(SourcesFile, read_yaml(path), FILE).sources
    files = _path(folder, (known.get("files") or SourceEntry()).path)
    planned = [Planned(COMPANY, COMPANY, folder, files)]
    for name, found in known.items():
        planned.append(_planned(name, found or SourceEntry(), folder))
    _accounts_differ(path, planned)
    return tuple(planned)


def _planned(name: str, entry: SourceEntry, folder: Path) -> Planned:
    if not _NAME.fullmatch(name) or (entry.source and name in registry.names()):
        raise SettingsError(
            f"{folder / FILE}: {name}: a second source is named in small letters, digits and _, as no kind of source is. "
            "Nothing was read."
        )
    kind = entry.source or name
    registry.source(kind)
    where = _path(folder, entry.path)
    if kind == "files" and (where is None or not where.is_dir()):
        raise SettingsError(f"{folder / FILE}: {name}: `path` must be a folder; {where} is none. Nothing was read.")
    account = (_own_account(where) if where is not None else None) or entry.account or name
    return Planned(name, account, folder, where, entry.leave_requests, entry.compare_ids_days, entry.source or "")


def _accounts_differ(path: Path, planned: list[Planned]) -> None:
    known: dict[tuple[str, str], str] = {}
    for each in planned:
        other = known.setdefault((each.source, each.account), each.name)
        if other != each.name:
            raise SettingsError(
                f"{path}: {other} and {each.name} both load into account {each.account!r} of {each.source}: the one would "
                "overwrite the other. Nothing was read. Give each an `account` of its own."
            )


def entry(folder: Path, name: str) -> Planned:
    """The planned source of that name; SettingsError when it is not on."""
    planned = {each.name: each for each in read(folder)}
    if name not in planned:
        raise SettingsError(f"{folder / FILE}: {name} is not on. Nothing was read. It has {', '.join(planned)}.")
    return planned[name]


def _own_account(files: Path) -> str | None:
    from extract.files.mapping.document import load

    mapping = load(files)
    return mapping.account if "account" in mapping.model_fields_set else None


def _path(folder: Path, path: Path | None) -> Path | None:
    return (folder / path).resolve() if path is not None else None


def fingerprint(folder: Path) -> str:
    """A hash of all that the company settles: settings, mappings, sources, and the mapping beside its files."""
    from extract.company import fingerprint as of_company

    beside = [each.path / "mapping.yml" for each in read(folder) if each.source == "files" and each.path is not None]
    return of_company(folder, beside)
