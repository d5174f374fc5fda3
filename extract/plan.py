"""Which sources a company has on, by its `sources.yml`, and the settings each is given.

    sources:
      salesforce:
        account: salesforce
      files:
        path: ../exports
        account: files

The company's own folder (settings and mappings) is a source too and always on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from attain.errors import SettingsError
from extract import registry
from extract.yaml_document import read_yaml, validated

FILE = "sources.yml"
COMPANY = "company"


class SourceEntry(BaseModel):
    """What sources.yml may say of one source.

    Args:
        account: names the source account; part of every key, so it stays as it is once data has been loaded.
        path: folder of files; relative to sources.yml.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str | None = None
    path: Path | None = None


class SourcesFile(BaseModel):
    """The whole of sources.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: dict[str, SourceEntry | None] = {}


@dataclass(frozen=True)
class Planned:
    """A source that is on: its name, its account, and where its files are if it has any."""

    name: str
    account: str
    folder: Path
    path: Path | None = None

    def settings(self, environment: Mapping[str, str], connection: Mapping[str, Any] | None = None) -> Any:
        """The settings that this source's extractor takes.

        Args:
            connection: host, login, password and extra as a scheduler's connection store has them; wins.

        Raises:
            SettingsError: they are missing or unfit; the message names the variables.
        """
        match self.name:
            case "company":
                return _company(self)
            case "files":
                return _files(self)
            case _:
                return _salesforce(self, environment, connection)


def read(folder: Path) -> tuple[Planned, ...]:
    """The sources of the company in `folder`, its own folder first.

    Raises:
        SettingsError: sources.yml is missing, unreadable, or names a source that does not exist.
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
        entry = found or SourceEntry()
        registry.source(name)
        where = _path(folder, entry.path)
        if name == "files" and (where is None or not where.is_dir()):
            raise SettingsError(f"{path}: files: `path` must be a folder; {where} is none. Nothing was read.")
        account = entry.account or (_own_account(where) if where is not None else name)
        planned.append(Planned(name, account, folder, where))
    return tuple(planned)


def entry(folder: Path, name: str) -> Planned:
    """The planned source of that name; SettingsError when it is not on."""
    planned = {each.name: each for each in read(folder)}
    if name not in planned:
        raise SettingsError(f"{folder / FILE}: {name} is not on. Nothing was read. It has {', '.join(planned)}.")
    return planned[name]


def _own_account(files: Path) -> str:
    from extract.files.mapping.document import load

    return load(files).account


def _path(folder: Path, path: Path | None) -> Path | None:
    return (folder / path).resolve() if path is not None else None


def fingerprint(folder: Path) -> str:
    """A hash of all that the company settles: settings, mappings, sources, and the mapping beside its files."""
    from extract.company import fingerprint as of_company

    beside = [each.path / "mapping.yml" for each in read(folder) if each.name == "files" and each.path is not None]
    return of_company(folder, beside)


def _company(planned: Planned) -> Any:
    from extract.company import CompanySettings
    from extract.files.mapping.document import load

    stages = load(planned.path).stages if planned.path is not None else {}
    return CompanySettings(_settled(planned), stages)


def _files(planned: Planned) -> Any:
    from extract.company import load
    from extract.files.source import FilesSettings

    if planned.path is None:
        raise SettingsError(f"{planned.folder / FILE}: files: `path` is missing. Nothing was read.")
    return FilesSettings(planned.path, load(_settled(planned)))


def _settled(planned: Planned) -> Path:
    """The folder with company.yml: the company's own, else the folder of files."""
    from extract.company import folder_for

    return folder_for(planned.folder.parent, planned.folder.name, planned.path)


def _salesforce(planned: Planned, environment: Mapping[str, str], connection: Mapping[str, Any] | None) -> Any:
    from extract.company import load
    from extract.salesforce.auth import VARIABLES, from_connection, from_environment

    found = from_connection(**connection) if connection else from_environment(environment)
    if found is None:
        raise SettingsError(f"salesforce: {', '.join(VARIABLES)} are not set. Nothing was read. Export them.")
    return replace(found, max_deletions=load(_settled(planned)).max_deletions)
