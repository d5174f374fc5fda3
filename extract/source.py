"""The shape every source has: what it declares, and the pages it yields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import pyarrow as pa

from attain.table import Table

REJECTED = pa.schema(
    [
        pa.field("source_file", pa.string()),
        pa.field("row_number", pa.int64()),
        pa.field("row_key", pa.string()),
        pa.field("column_name", pa.string()),
        pa.field("value", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("row", pa.string()),  # the row as it came, as JSON text
    ]
)

Mode = Literal["upsert", "full", "append", "sweep", "gone"]


@dataclass(frozen=True)
class Page:
    """Rows of one table, typed, and the rows that could not be typed.

    Args:
        rows: columns as `Table.schema` says, plus `_origin` (text) where the page knows it per row.
        rejected: rows set aside while parsing, in the schema `REJECTED`; None when there are none.
    """

    rows: pa.RecordBatch
    rejected: pa.RecordBatch | None = None


@dataclass(frozen=True)
class Batch:
    """What becomes one landing, so one transaction: pages of one table, and the cursor that stands after them.

    Args:
        mode: `upsert` merges by key; `full` also marks rows of this account that are missing as deleted;
            `append` merges by key and never marks deletions; `sweep` holds all keys and nothing else: rows that it
            lacks are marked as deleted, marked rows that it holds are back, and no other row is touched; `gone` holds
            keys with the version at which each was deleted: rows that stand in an older version are marked as deleted,
            and no other row is touched.
        part: names the slice for people and for resuming ("Opportunity.csv", "job 750x1 page 3").
        cursor: state to store with the landing, in its transaction; None leaves what is stored.
        extracted_until: the source's own clock at which this extraction ends; None for sources without a clock.
        max_rejected: share of rows that may be set aside before the landing stops.
        max_deletions: share of the rows that stand which a `full` landing or a `sweep` may find missing before it stops.
    """

    table: Table
    account: str
    mode: Mode
    part: str
    pages: Iterator[Page]
    cursor: Mapping[str, Any] | None = None
    extracted_until: datetime | None = None
    max_rejected: float = 0.05
    max_deletions: float = 0.2


@dataclass(frozen=True)
class Told:
    """Something a source says of itself while it is read, between its landings.

    Args:
        text: a sentence for people.
        detail: the same as figures, kept with the run's step.
    """

    text: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """Something found out about a source without reading it.

    Args:
        ok: True: as it should be; None: a run works, but something is lost or odd; False: a run could not succeed.
        text: a sentence for people, without secrets.
    """

    ok: bool | None
    text: str


@dataclass(frozen=True)
class Cursors:
    """What earlier landings stored, by table name."""

    by_table: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, table: Table) -> Mapping[str, Any]:
        return self.by_table.get(table.name, {})


def _prefix(source: str) -> str:
    return f"ATTAIN_{source.upper()}_"


@dataclass(frozen=True)
class Planned:
    """A source that a company has on.

    Args:
        name: what sources.yml calls it; a company may have several of one kind.
        account: names the source account; part of every key.
        folder: the company's folder, where sources.yml is.
        path: where its files are, if it has any.
        leave_requests: share of the source's requests of a day that is left to others; None leaves it to the source.
        compare_ids_days: days after which all ids are compared although the source tells deletions; None likewise.
        kind: the registry's name of the source; empty where it is the name.
    """

    name: str
    account: str
    folder: Path
    path: Path | None = None
    leave_requests: float | None = None
    compare_ids_days: float | None = None
    kind: str = ""

    @property
    def source(self) -> str:
        """Its name in the registry."""
        return self.kind or self.name

    def variable(self, name: str) -> str:
        """How a variable of the source is called for this one: ATTAIN_EMEA_URL for ATTAIN_SALESFORCE_URL."""
        return name.replace(_prefix(self.source), _prefix(self.name), 1)

    def own(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment as its source reads it: this one's variables under the source's names, and no other's."""
        theirs, ours = _prefix(self.source), _prefix(self.name)
        others = {name: value for name, value in environment.items() if not name.startswith(theirs)}
        return others | {
            theirs + name.removeprefix(ours): value for name, value in environment.items() if name.startswith(ours)
        }


class Source(Protocol):
    """A source system: its tables, how it is reached, and what is new since its cursors."""

    name: str

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every raw table this source may write; made when the database is prepared, so that models always find them."""

    def settings(
        self, planned: Planned, environment: Mapping[str, str], connection: Mapping[str, Any] | None = None
    ) -> Any:
        """What `batches` needs to know, from what sources.yml says and from where credentials are kept.

        Args:
            environment: variables that begin with ATTAIN_.
            connection: host, login, password and extra as a scheduler's connection store has them; wins.

        Raises:
            SettingsError: something is missing or unfit; the message names the variables and no value.
        """

    def batches(self, settings: Any, account: str, cursors: Cursors) -> Iterator[Batch | Told]:
        """What is new, in landings, and what is to be said of it; each is landed before the next is asked for."""
