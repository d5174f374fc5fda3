"""What `attain check` finds."""

from dataclasses import dataclass

from extract.files.check.marts import MartCheck
from extract.files.folder import Skipped


@dataclass(frozen=True)
class Problem:
    """A row that would be set aside; the value is left out where the column holds personal data."""

    row: int
    column: str | None
    rule: str
    value: str | None


@dataclass(frozen=True)
class FileCheck:
    """One file, or one sheet of it, as one template.

    Args:
        columns: our column -> what it is read from.
        unused: our columns that the file does not give.
        ignored: the file's columns that nothing is read from.
        set_aside: how many rows would be set aside; `problems` shows the first.
        too_many: true where that is more than `max_rejected` allows, so that a run would stop.
    """

    file: str
    template: str
    rows: int
    columns: dict[str, str]
    unused: tuple[str, ...]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    set_aside: int
    too_many: bool
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class CheckReport:
    """What a run would make of the folder.

    Args:
        unreadable: file -> why it stops the run and what to do.
        by_name: how many reps and accounts are known by name only and get an id made of it.
        unmapped_stages: stages that no mapping makes canonical, with their rows.
        unmapped_interactions: likewise what touches are called.
    """

    folder: str
    company: str
    account: str
    files: tuple[FileCheck, ...]
    skipped: tuple[Skipped, ...]
    unreadable: tuple[tuple[str, str], ...]
    by_name: dict[str, int]
    unmapped_stages: tuple[tuple[str, int], ...]
    unmapped_interactions: tuple[tuple[str, int], ...]
    marts: tuple[MartCheck, ...]

    @property
    def ok(self) -> bool:
        """True when a run would land these files."""
        return bool(self.files) and not self.unreadable and not any(f.too_many for f in self.files)
