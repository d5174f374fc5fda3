"""Which sources a company has on, by its `sources.yml`, and the settings each is given.

    sources:
      salesforce:
        account: salesforce
      files:
        path: ../exports
        account: files

The company's own folder (settings and mappings) is a source too and always on.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from attain.errors import SettingsError
from extract import registry
from extract.source import Planned
from extract.yaml_document import read_yaml, validated

FILE = "sources.yml"
COMPANY = "company"


class SourceEntry(BaseModel):
    """What sources.yml may say of one source.

    Args:
        account: names the source account; part of every key, so it stays as it is once data has been loaded.
        path: folder of files; relative to sources.yml.
        leave_requests: share of an API's requests of a day that runs leave to others, 0 to below 1.
        compare_ids_days: days after which all ids are compared although the API tells deletions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

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
        planned.append(Planned(name, account, folder, where, entry.leave_requests, entry.compare_ids_days))
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
