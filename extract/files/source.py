"""A folder of CSV, XLSX and Parquet files as a source: templates and Salesforce exports by their names, others mapped.

Every file is read before the first one lands, so that one that cannot be read stops the folder with nothing landed.
"""

import logging
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from attain.errors import SettingsError, UnreadableInput
from attain.table import Table
from extract.company import Company, settled
from extract.company import load as load_company
from extract.files.folder import Folder, Skipped
from extract.files.ids import own_ids, references
from extract.files.mapping.document import BY_NAME, FileMapping, Mapping, load
from extract.files.model import Job, Rows
from extract.files.pages import page
from extract.files.rows import read
from extract.source import Batch, Cursors, Mode, Page, Planned
from extract.templates import TEMPLATES

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FilesSettings:
    """What the source `files` needs.

    Args:
        folder: the files, with `mapping.yml` beside them where names alone do not say enough.
        company: whose files they are; its time zone and limits hold where the mapping says nothing.
    """

    folder: Path
    company: Company


@dataclass
class Reading:
    """A folder as read: rows by file, records made of names, files skipped and files that cannot be read."""

    folder: Folder
    rows: list[Rows] = field(default_factory=list)
    derived: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def read_folder(path: Path, company: Company) -> Reading:
    """Every file of the folder, read into templates; what cannot be read is listed, not raised.

    Raises:
        SettingsError: the folder or its mapping cannot be read.
        UnreadableInput: the mapping names a file that is not there.
    """
    folder = Folder(path, load(path))
    reading = Reading(folder)
    for file in folder.files:
        try:
            jobs = list(folder.jobs(file))
        except UnreadableInput as problem:
            reading.unreadable.append((file.name, str(problem)))
            continue
        for job in jobs:
            _read_into(reading, job, company)
    reading.derived = references(reading.rows, folder.mapping)
    reading.skipped = folder.skipped
    return reading


def _read_into(reading: Reading, job: Job, company: Company) -> None:
    mapping = reading.folder.mapping
    try:
        rows = read(job, reading.folder.sheet, mapping, company.time_zone)
    except UnreadableInput as problem:
        reading.unreadable.append((job.sheet.file, str(problem)))
        return
    if job.spec.max_rejected is None and mapping.max_rejected is None:
        rows.max_rejected = company.max_rejected
    own_ids(rows)
    reading.rows.append(rows)


@dataclass
class FilesSource:
    """A folder of files as a source."""

    name: str = "files"
    tables: tuple[Table, ...] = TEMPLATES

    def settings(
        self,
        planned: Planned,
        environment: Dict[str, str],  # noqa: ARG002 - a folder has no credentials
        connection: Dict[str, Any] | None = None,  # noqa: ARG002
    ) -> FilesSettings:
        """The folder that sources.yml names, read by the company's settings."""
        if planned.path is None:
            raise SettingsError(f"{planned.folder}: sources.yml: {planned.name}: `path` is missing. Nothing was read.")
        return FilesSettings(planned.path, load_company(settled(planned)))

    def batches(self, settings: FilesSettings, account: str, cursors: Cursors) -> Iterator[Batch]:  # noqa: ARG002 - files have no cursor
        """One landing per template, of all files that feed it.

        Args:
            account: whose ids the files hold, where `account:` in mapping.yml does not say.

        Raises:
            SettingsError: the folder or its mapping cannot be read, or says two things of one template.
            UnreadableInput: a file cannot be read; nothing has landed.
            TooManyRejected: a file has more bad rows than its limit allows; nothing has landed.
        """
        reading = read_folder(settings.folder, settings.company)
        if reading.unreadable:
            raise UnreadableInput("\n".join(message for _, message in reading.unreadable))
        if not reading.rows:
            raise UnreadableInput(_nothing(reading))
        for skipped in reading.skipped:
            _log.info("%s was skipped: %s", skipped.file, skipped.why)
        yield from _batches(reading, account, settings.company)


SOURCE = FilesSource()


def account_of(folder: Path) -> str:
    """The source account that the ids in the folder's files belong to."""
    return load(folder).account


def _batches(reading: Reading, account: str, company: Company) -> list[Batch]:
    mapping = reading.folder.mapping
    own = (
        mapping if "account" in mapping.model_fields_set else mapping.model_copy(update={"account": account or "files"})
    )
    found = []
    for template, table in BY_NAME.items():
        rows = [r for r in reading.rows if r.template == template]
        records = reading.derived.get(template, [])
        if not rows and not records:
            continue
        for each in rows:
            for note in each.notes:
                _log.info("%s: %s", each.sheet.file, note)
        pages = [page(each, own) for each in rows]
        if records:
            pages.append(_derived(table, records))
        part = ", ".join(dict.fromkeys(r.sheet.file for r in rows)) or f"{template} by name"
        found.append(
            Batch(
                table, own.account, _mode(rows or reading.rows, mapping), part, iter(pages),
                max_rejected=max((r.max_rejected for r in rows), default=company.max_rejected),
                max_deletions=company.max_deletions,
            )
        )  # fmt: skip
    return found


def _mode(rows: Sequence[Rows], mapping: Mapping) -> Mode:
    said = {_load(r.spec, mapping): r.sheet.file for r in rows}
    if len(said) > 1 and len({r.template for r in rows}) == 1:
        raise SettingsError(
            f"mapping.yml: {said['full']} is loaded `full` and {said['append']} `append`, and both are "
            f"{rows[0].template}. Give both the same `load`."
        )
    return "append" if "append" in said else "full"


def _load(spec: FileMapping, mapping: Mapping) -> str:
    return spec.load or mapping.load or "full"


def _derived(table: Table, records: list[dict[str, str]]) -> Page:
    """Records of people and accounts that are known by name only."""
    filled = [{c.name: c.default for c in table.columns if c.default and c.name not in r} | r for r in records]
    schema = pa.schema([pa.field(f.name, pa.string()) for f in table.schema])
    text = pa.RecordBatch.from_pylist(filled, schema=schema)
    arrays = [column.cast(f.type) for column, f in zip(text.columns, table.schema, strict=True)]
    origin = pa.repeat(pa.scalar("names in other files", pa.string()), len(records))
    return Page(
        pa.RecordBatch.from_arrays([*arrays, origin], schema=table.schema.append(pa.field("_origin", pa.string())))
    )


def _nothing(reading: Reading) -> str:
    known = ", ".join(f"{name}.csv" for name in BY_NAME)
    named = "; ".join(f"{s.file} ({s.why})" for s in reading.skipped) or "it holds no CSV, XLSX or Parquet file"
    return (
        f"{reading.folder.path.name}: no file is a template: {named}. Nothing was read. "
        f"Name files as templates ({known}), or say in mapping.yml which is which (docs/mapping.md)."
    )
