"""The templates for people: empty files to fill, and the pages of docs/files.md made from them."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from attain.errors import SettingsError
from attain.rules import OneOf
from attain.table import DATE, FLAG, MONEY, RATE, TEXT, TIME, WHOLE, Column, Table
from extract.files.mapping.document import BY_NAME
from extract.files.model import MADE, STAND_INS
from extract.files.recognise import FILE_NAMES

_TYPES: dict[pa.DataType, str] = {
    TEXT: "text", WHOLE: "whole number", MONEY: "amount", RATE: "rate", DATE: "date", TIME: "time", FLAG: "true/false",
}  # fmt: skip


def write_templates(folder: Path) -> tuple[Path, ...]:
    """An empty CSV per template, its header only, for people to fill; files that are there already are kept.

    Returns:
        The files written.

    Raises:
        SettingsError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise SettingsError(f"{folder}: cannot be made ({problem.strerror}). Nothing was written.") from None
    written = []
    for name, table in BY_NAME.items():
        path = folder / f"{name}.csv"
        if not path.exists():
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerow([column.name for column in table.columns])
            written.append(path)
    return tuple(written)


def templates_markdown() -> str:
    """Every template as a section with a table of its columns."""
    return "\n".join(line for name, table in BY_NAME.items() for line in _section(name, table))


def _section(name: str, table: Table) -> Iterator[str]:
    yield f"### {name}\n"
    yield f"{table.description} One row per {' and '.join(f'`{key}`' for key in table.key)}.\n"
    yield f"Files called: {', '.join(f'`{n}`' for n in FILE_NAMES[name])} (case, spaces and signs do not matter).\n"
    yield "| column | type | needed | meaning | also read from |"
    yield "| --- | --- | --- | --- | --- |"
    for column in table.columns:
        yield f"| `{column.name}` | {_TYPES[column.type]} | {_needed(name, column)} | {_meaning(table, column)} | {', '.join(column.aliases)} |"
    yield ""


def _needed(template: str, column: Column) -> str:
    if not column.required:
        return ""
    if (template, column.name) in MADE:
        return "made where missing"
    stand_in = STAND_INS.get((template, column.name))
    return f"yes, or `{stand_in}`" if stand_in else "yes"


def _meaning(table: Table, column: Column) -> str:
    words = [column.description.replace("|", "\\|")]
    if column.refers_to:
        words.append(f"An id of {column.refers_to}.")
    allowed = next((rule.values for rule in table.rules if isinstance(rule, OneOf) and rule.column == column.name), ())
    if allowed:
        words.append(f"One of: {', '.join(allowed)}.")
    return " ".join(words)
