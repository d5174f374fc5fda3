"""Name -> source: the one list of what can be extracted."""

from collections.abc import Iterator
from importlib import import_module

from attain.errors import SettingsError
from attain.table import Table
from extract.source import Source

_SOURCES = {
    "company": "extract.company_folder",
    "salesforce": "extract.salesforce.source",
    "files": "extract.files.source",
}
"""The modules' `SOURCE`; imported when asked for, since some cost time that other commands need not spend."""


def names() -> tuple[str, ...]:
    """Every source's name."""
    return tuple(_SOURCES)


def source(name: str) -> Source:
    """The source of that name.

    Raises:
        SettingsError: there is none.
    """
    module = _SOURCES.get(name)
    if module is None:
        raise SettingsError(
            f"sources: there is no source {name!r}. Nothing was read. Name one of {', '.join(_SOURCES)} in sources.yml."
        )
    found: Source = import_module(module).SOURCE
    return found


def all_tables() -> tuple[Table, ...]:
    """Every raw table that any source may write, so that models always find it."""
    return tuple(_tables())


def _tables() -> Iterator[Table]:
    for name in _SOURCES:
        yield from source(name).tables
