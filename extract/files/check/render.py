"""The check's report as a terminal shows it."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from extract.files.check.report import CheckReport, FileCheck
from extract.yaml_document import listed

_MARKS = {"yes": ("yes", "green"), "partly": ("partly", "yellow"), "no": ("no", "red")}


def render(report: CheckReport) -> RenderableType:
    """Files, problems, what is unmapped, marts, and whether a run would go through."""
    parts: list[RenderableType] = [
        Text(f"{report.folder}: company {report.company}, account {report.account}", style="bold")
    ]
    parts += [_files(report)] if report.files else []
    parts += [part for file in report.files for part in _details(file)]
    parts += [_block(f"{file} stops the run", [message], "red") for file, message in report.unreadable]
    if report.skipped:
        parts.append(_block("Skipped", [f"{s.file}: {s.why}" for s in report.skipped], "dim"))
    parts += _unmapped(report)
    parts += [_marts(report), _verdict(report)]
    return Group(*parts)


def _files(report: CheckReport) -> Table:
    table = Table(
        "file",
        "template",
        "rows",
        "set aside",
        "columns read",
        "ignored",
        box=None,
        header_style="bold",
        pad_edge=False,
    )
    table.columns[2].justify = table.columns[3].justify = table.columns[4].justify = table.columns[5].justify = "right"
    for file in report.files:
        aside = Text(str(file.set_aside), style="red" if file.too_many else "yellow" if file.set_aside else "")
        table.add_row(file.file, file.template, f"{file.rows:,}", aside, str(len(file.columns)), str(len(file.ignored)))
    return table


def _details(file: FileCheck) -> list[RenderableType]:
    lines = [f"read: {', '.join(_pair(ours, theirs) for ours, theirs in file.columns.items())}"]
    lines += [f"ignored: {listed(file.ignored, 15)}"] if file.ignored else []
    lines += [f"not in the file: {', '.join(file.unused)}"] if file.unused else []
    lines += [f"note: {note}" for note in file.notes]
    for problem in file.problems:
        value = f" ({problem.value!r})" if problem.value is not None else ""
        lines.append(f"row {problem.row} would be set aside: not so that {problem.rule}{value}")
    if file.set_aside > len(file.problems):
        lines.append(f"... and {file.set_aside - len(file.problems)} more rows")
    if file.too_many:
        lines.append("that is more than `max_rejected` allows: a run would stop here")
    return [_block(f"{file.file} as {file.template}", lines, "")]


def _pair(ours: str, theirs: str) -> str:
    return ours if ours == theirs else f"{ours} <- {theirs}"


def _unmapped(report: CheckReport) -> list[RenderableType]:
    blocks: list[RenderableType] = []
    if report.unmapped_stages:
        lines = [f"{name} ({count})" for name, count in report.unmapped_stages]
        blocks.append(
            _block(
                "Stages not mapped (`stages:` in mapping.yml, or mappings/stages.csv); they show as `unmapped`",
                lines,
                "yellow",
            )
        )
    if report.unmapped_interactions:
        lines = [f"{name} ({count})" for name, count in report.unmapped_interactions]
        blocks.append(_block("Interactions not mapped (mappings/interactions.csv)", lines, "yellow"))
    if report.by_name:
        lines = [f"{count} {template}" for template, count in report.by_name.items()]
        blocks.append(_block("Known by name only; each name gets an id of its own", lines, ""))
    return blocks


def _marts(report: CheckReport) -> Table:
    table = Table(
        "mart, from these files alone",
        "",
        "what is missing",
        "what would unlock it",
        box=None,
        header_style="bold",
        pad_edge=False,
    )
    for mart in report.marts:
        word, style = _MARKS[mart.state]
        table.add_row(mart.mart, Text(word, style=style), mart.missing, mart.unlock)
    return table


def _verdict(report: CheckReport) -> Text:
    if report.ok:
        return Text("Ready: a run would land these files.", style="bold green")
    if not report.files and not report.unreadable:
        return Text("Nothing to land: no file is a template. See docs/files.md and docs/mapping.md.", style="bold red")
    return Text("Not ready: a run would stop before anything lands.", style="bold red")


def _block(title: str, lines: list[str], style: str) -> RenderableType:
    body = Padding(Group(*(Text(line) for line in lines)), (0, 0, 0, 2))
    return Padding(Group(Text(title, style=style or "bold"), body), (1, 0, 0, 0))
