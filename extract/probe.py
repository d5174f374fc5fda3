"""`attain sources check`: would a run be able to read each source that is on? Nothing is read into the warehouse."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.text import Text

from attain.errors import AttainError
from extract import plan, registry
from extract.source import Finding, Planned

_MARKS = {True: ("✓", "green"), None: ("!", "yellow"), False: ("✗", "red")}


def probe(folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[Planned, Finding]]:
    """What is found about each source of the company in `folder`, one after the other.

    Args:
        environment: where addresses and credentials are kept.

    Raises:
        SettingsError: sources.yml is missing or cannot be used.
    """
    for planned in plan.read(folder):
        for finding in of(planned, environment):
            yield planned, finding


def of(planned: Planned, environment: Mapping[str, str]) -> Iterator[Finding]:
    """What is found about one source; an error is a finding too."""
    try:
        yield from _of(planned, environment)
    except AttainError as error:
        yield Finding(False, str(error))


def render(planned: Planned, finding: Finding) -> Text:
    """One finding as a line."""
    mark, style = _MARKS[finding.ok]
    return Text.assemble(f"{planned.name:<12}", (mark, style), f" {finding.text}")


def _of(planned: Planned, environment: Mapping[str, str]) -> Iterator[Finding]:
    settings = registry.source(planned.source).settings(planned, planned.own(environment))
    match planned.source:
        case plan.COMPANY:
            yield from _company(planned)
        case "files":
            yield from _files(planned)
        case "salesforce":
            from extract.salesforce.probe import probe as ask

            yield from ask(settings)
        case _:
            yield Finding(True, "its settings can be used; it is not asked")


def _company(planned: Planned) -> Iterator[Finding]:
    from extract import company

    where = company.settled(planned)
    settings = company.load(where)
    tables = company.rows(company.CompanySettings(where))
    count = sum(table.num_rows for table in tables.values())
    yield Finding(True, f"{settings.name}: settings and mappings can be read, {count:,} rows in {len(tables)} tables")


def _files(planned: Planned) -> Iterator[Finding]:
    from extract.files.check.folder import check

    assert planned.path is not None
    report = check(planned.path, planned.folder)
    broken = [f"{file} ({problem})" for file, problem in report.unreadable]
    read = f"{planned.path}: {len(report.files)} files, {sum(file.rows for file in report.files):,} rows"
    if report.ok:
        yield Finding(True, f"{read}; `attain check --path` says more")
    else:
        why = f": {'; '.join(broken)}" if broken else ""
        yield Finding(False, f"{read} cannot be loaded as they are{why}. See `attain check --path {planned.path}`")
