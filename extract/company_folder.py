"""A company's folder as a source: what people edit there is landed as `company__*` on every run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from attain.table import Table
from extract.company import ACCOUNT, TABLES, CompanySettings, rows, settled
from extract.files.mapping.document import load
from extract.source import Batch, Cursors, Page, Planned


@dataclass
class CompanySource:
    """The company's folder as a source."""

    name: str = "company"
    tables: tuple[Table, ...] = TABLES

    def settings(
        self,
        planned: Planned,
        environment: Mapping[str, str],  # noqa: ARG002 - a folder has no credentials
        connection: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> CompanySettings:
        """The company's folder, and the stages that the mapping beside its files names."""
        stages = load(planned.path).stages if planned.path is not None else {}
        return CompanySettings(settled(planned), stages)

    def batches(self, settings: CompanySettings, account: str, cursors: Cursors) -> Iterator[Batch]:  # noqa: ARG002 - always whole, of one account
        """Every table whole; a row that left the folder counts as deleted."""
        for name, batch in rows(settings).items():
            part = f"{name.removeprefix('company__')} of {settings.folder.name}"
            table = next(each for each in TABLES if each.name == name)
            yield Batch(table, ACCOUNT, "full", part, iter([Page(batch)]), max_deletions=1.0)


SOURCE = CompanySource()
