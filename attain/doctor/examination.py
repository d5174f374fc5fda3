"""The whole examination, and how it is shown."""

from collections.abc import Iterator
from pathlib import Path

from rich.table import Table
from rich.text import Text

from attain import job, terminal
from attain.commands import warehouse
from attain.doctor import company, database, machine
from attain.doctor.finding import Finding
from attain.settings import Settings

_MARKS = {"fine": ("✓", "green"), "odd": ("!", "yellow"), "wrong": ("✗", "red")}


def examine(known: Settings, path: Path | None = None) -> list[Finding]:
    """Look at everything a run of this company depends on.

    Args:
        path: look at this folder of files instead of the company.
    """
    return list(_everything(known, path))


def show(findings: list[Finding]) -> bool:
    """Print what was found; whether a run could do its work."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        mark, colour = _MARKS[finding.state]
        said = Text(finding.found)
        if finding.what_to_do:
            said.append(f"\n{finding.what_to_do}", style="bold")
        table.add_row(Text(mark, style=colour), finding.area, finding.what, said)
    terminal.console.print(table)
    wrong, odd = (sum(finding.state == state for finding in findings) for state in ("wrong", "odd"))
    terminal.say(_verdict(wrong, odd))
    return not wrong


def _everything(known: Settings, path: Path | None) -> Iterator[Finding]:
    yield from machine.look(known)
    if path is not None:
        yield from company.folder_of_files(path)
        return
    with warehouse(known):
        yield from database.look(known)
    yield from company.look(known, job.environment(known))


def _verdict(wrong: int, odd: int) -> str:
    if wrong:
        return f"{wrong} of these would stop a run."
    return "Nothing stops a run." + (f" {odd} should be known." if odd else "")
