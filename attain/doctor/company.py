"""The company's folder and its sources: would a run read them?"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from attain import demo_company
from attain.doctor.finding import Finding, State, fine
from attain.errors import AttainError
from attain.settings import Settings
from extract import company, plan, probe
from extract.files.check.folder import check
from extract.source import Planned

_AREA = "company"
_SHOWN = 3


def look(known: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Settings, mappings and every source that is on, asked whether a run could read it.

    Args:
        environment: where addresses and credentials of sources are kept.
    """
    folder = known.company_folder
    if not (folder / plan.FILE).is_file():
        first = known.company == demo_company.COMPANY
        todo = "`attain run` makes it." if first else f"`attain init {known.company}` writes one."
        yield Finding(_AREA, "folder", "odd" if first else "wrong", f"{folder} has no {plan.FILE}", todo)
        return
    try:
        planned = plan.read(folder)
        settled = company.settled(planned[0])
        settings = company.load(settled)
        rows = company.rows(company.CompanySettings(settled))
    except AttainError as error:
        yield Finding(_AREA, "folder", "wrong", str(error), "Correct what it names.")
        return
    said = f"{settings.name}: {settings.currency}, {settings.time_zone}, fiscal year from month {settings.fiscal_year_start_month}"
    yield fine(_AREA, "settings", said)
    yield fine(
        _AREA,
        "mappings",
        ", ".join(
            f"{batch.num_rows} {name.removeprefix('company__')}" for name, batch in rows.items() if batch.num_rows
        ),
    )
    if len(planned) == 1:
        yield Finding(_AREA, "sources", "wrong", f"{folder / plan.FILE} has none on", "Put one in (docs/companies.md).")
    for each in planned[1:]:
        yield from _source(each, settled, environment)


def folder_of_files(path: Path, settled: Path | None = None) -> Iterator[Finding]:
    """What a run would make of a folder of files; `attain check` shows each of its files."""
    try:
        report = check(path, settled)
    except AttainError as error:
        yield Finding("files", str(path), "wrong", str(error), "Correct what it names.")
        return
    for file, why in report.unreadable:
        yield Finding("files", file, "wrong", why, "Mend the file, or say in mapping.yml how to read it.")
    for each in report.files:
        if each.too_many:
            found = f"{each.set_aside:,} of {each.rows:,} rows would be set aside, more than max_rejected allows"
            yield Finding("files", each.file, "wrong", found, f"`attain check --path {path}` names the first rows.")
    if not report.files and not report.unreadable:
        yield Finding("files", str(path), "wrong", "no file of it is known", "`attain templates` writes what would be.")
    unmapped = (*report.unmapped_stages, *report.unmapped_interactions)
    if unmapped:
        named = ", ".join(name for name, _ in unmapped[:_SHOWN])
        yield Finding(
            "files", "mappings", "odd", f"{len(unmapped)} values are not mapped: {named}", "Add them to mappings/*.csv."
        )
    if report.ok:
        yield fine(
            "files",
            str(path),
            f"{len(report.files)} files with {sum(each.rows for each in report.files):,} rows can be read",
        )


def _source(planned: Planned, settled: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    if planned.path is not None:
        yield from folder_of_files(planned.path, settled)
        return
    for found in probe.of(planned, environment):
        if found.ok:
            yield fine(planned.name, "access", found.text)
        else:
            state: State = "odd" if found.ok is None else "wrong"
            yield Finding(planned.name, "access", state, found.text, "" if found.ok is None else "Mend what it names.")
