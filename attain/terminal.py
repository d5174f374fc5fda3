"""What the command line shows: progress while the job works, and what it did at the end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from attain.airflow import TaskEvent
from attain.summary import RunSummary

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_ZERO = "\u2013"
_MARKS = {"success": "[green]✓[/]", "failed": "[red]✗[/]", "up_for_retry": "[yellow]↻[/]", "running": "[blue]▸[/]"}
_WORDS = {"success": "done", "failed": "failed", "up_for_retry": "will be tried again", "running": "at work"}


def say(text: str) -> None:
    """A line about what goes on, without markup."""
    console.print(Text(text), soft_wrap=True)


def task(event: TaskEvent) -> None:
    """A task's change of state, when it is one that people care about."""
    if event.state not in _MARKS:
        return
    took = f" in {event.seconds:.1f} s" if event.seconds is not None and event.state == "success" else ""
    again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
    console.print(
        f"{_MARKS[event.state]} {event.task.replace('.', ': ').replace('_', ' ')} {_WORDS[event.state]}{took}{again}"
    )


@contextmanager
def working(text: str) -> Iterator[None]:
    """Show that something long goes on; on a terminal, with a spinner."""
    if not sys.stdout.isatty():
        say(f"{text} ...")
        yield
        return
    with console.status(text):
        yield


def show(summary: RunSummary, pages: list[Path], hints: list[tuple[str, str]], *, error: bool = True) -> None:
    """The run's summary: what was loaded, checked and published, and where to look."""
    parts = [_loaded(summary), _published(summary)]
    console.print(Group(*(part for part in parts if part is not None)))
    console.print(_line(summary))
    if error and summary.error:
        errors.print(Text(summary.error, style="red"))
    for page in pages:
        if page.is_file():
            say(f"{page.stem:<12}{page}")
    for name, hint in hints:
        say(f"{name:<12}{hint}")


def _loaded(summary: RunSummary) -> Table | None:
    if not summary.loaded:
        return None
    table = Table(title="Loaded", title_justify="left", box=None, pad_edge=False)
    for head in ("source", "rows", "new", "changed", "deleted", "set aside"):
        table.add_column(head, justify="left" if head == "source" else "right")
    for each in summary.loaded:
        figures = (each.rows_in, each.new, each.changed, each.deleted, each.set_aside)
        table.add_row(each.source, *(f"{figure:,}" if figure else _ZERO for figure in figures))
    return table


def _published(summary: RunSummary) -> Table | None:
    if not summary.tables:
        return None
    table = Table(title="Published", title_justify="left", box=None, pad_edge=False)
    for head in ("reporting.", "rows", "new", "changed", "gone"):
        table.add_column(head, justify="left" if head == "reporting." else "right")
    for name, figures in summary.tables.items():
        table.add_row(name, *(f"{figure:,}" if figure else _ZERO for figure in figures))
    return table


def _line(summary: RunSummary) -> Text:
    total = sum(summary.checks.values())
    passed = summary.checks.get("passed", 0)
    warned, stopped = summary.checks.get("warned", 0), summary.checks.get("critical", 0)
    text = Text(f"Run {summary.label} {summary.state}, data to {summary.as_of}. ")
    text.append(f"{passed} of {total} checks passed")
    text.append(f", {warned} warned" if warned else "")
    text.append(f", {stopped} stopped the run" if stopped else "", style="red")
    text.append(
        f". {summary.waiting:,} rows wait in quarantine. " if summary.waiting else ". Nothing waits in quarantine. "
    )
    text.append(f"{sum(summary.seconds.values()):.0f} s of work.")
    return text
