"""`attain check`: what a folder of files would become, before any database is touched."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from extract import company as companies
from extract.files.check.marts import marts
from extract.files.check.render import render
from extract.files.check.report import CheckReport, FileCheck, Problem
from extract.files.check.templates import write_templates
from extract.files.model import Rows
from extract.files.pages import Reject, rejects
from extract.files.source import Reading, read_folder

__all__ = ["CheckReport", "FileCheck", "Problem", "check", "render", "write_templates"]

_SHOWN = 5


def check(folder: Path, company: Path | None = None) -> CheckReport:
    """Read the folder as a run would, land nothing.

    Args:
        company: the company's folder with its settings and mappings; None: the files' own folder, else the defaults.

    Raises:
        SettingsError: the folder, its mapping.yml or the company's settings cannot be used.
        UnreadableInput: mapping.yml names a file that is not there.
    """
    where = company if company is not None and (company / "company.yml").is_file() else folder
    settings = companies.load(where)
    reading = read_folder(folder, settings)
    mapping = reading.folder.mapping
    tables = companies.rows(companies.CompanySettings(where, mapping.stages))
    return CheckReport(
        folder=folder.name,
        company=mapping.company or settings.name,
        account=mapping.account,
        files=tuple(_file(rows) for rows in reading.rows),
        skipped=tuple(reading.skipped),
        unreadable=tuple(reading.unreadable),
        by_name={template: len(records) for template, records in reading.derived.items()},
        unmapped_stages=_unmapped(_values(reading, ("opportunities", "opportunity_history"), "stage"), tables["company__stages"]["source_stage"]),
        unmapped_interactions=_unmapped(_values(reading, ("touches",), "interaction"), tables["company__interactions"]["interaction"]),
        marts=marts(_given(reading)),
    )  # fmt: skip


def _file(rows: Rows) -> FileCheck:
    found = rejects(rows)
    total = rows.size + len(rows.sheet.broken)
    return FileCheck(
        file=rows.sheet.file,
        template=rows.template,
        rows=total,
        columns=rows.sources,
        unused=tuple(c.name for c in rows.table.columns if c.name not in rows.sources),
        ignored=rows.ignored,
        notes=(*rows.notes, *_repeated(rows)),
        set_aside=len(found),
        too_many=len(found) > rows.max_rejected * total,
        problems=tuple(_problem(rows, reject) for reject in found[:_SHOWN]),
    )


def _problem(rows: Rows, reject: Reject) -> Problem:
    personal = reject.column is not None and rows.table.column(reject.column).personal
    return Problem(reject.number, reject.column, reject.rule, None if personal else reject.value)


def _repeated(rows: Rows) -> tuple[str, ...]:
    """Rows whose key another row of the file has too: the newest, else the last one counts."""
    if not all(name in rows.columns for name in rows.table.key) or not rows.size:
        return ()
    keys = pc.binary_join_element_wise(*(pc.cast(rows.columns[n], pa.string()) for n in rows.table.key), "\x1f")
    repeated = len(keys) - keys.null_count - pc.count_distinct(keys).as_py()
    named = " and ".join(rows.table.key)
    return (f"{repeated} rows repeat the {named} of another; the newest counts, else the last",) if repeated else ()


def _given(reading: Reading) -> dict[str, set[str]]:
    given: dict[str, set[str]] = {template: set() for template in reading.derived}
    for rows in reading.rows:
        if rows.size:
            filled = {name for name, values in rows.columns.items() if values.null_count < len(values)}
            given.setdefault(rows.template, set()).update(filled)
    return given


def _values(reading: Reading, templates: Iterable[str], column: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for rows in reading.rows:
        if rows.template in templates and column in rows.columns:
            for found in rows.columns[column].value_counts().to_pylist():
                if found["values"] is not None:
                    counts[found["values"]] += found["counts"]
    return counts


def _unmapped(counts: Counter[str], known: pa.Array) -> tuple[tuple[str, int], ...]:
    mapped = {name.strip().casefold() for name in known.to_pylist()}
    return tuple((name, count) for name, count in counts.most_common() if name.strip().casefold() not in mapped)
