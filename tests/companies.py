"""Whole companies on the tests' own server: their folders, their runs, and what their analysts see."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from attain import job, migrate, postgres, settings


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    """Settings as if this were the caller's installation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTAIN_HOME", str(home))
        yield


def of_files(home: Path, name: str, folder: Path) -> str:
    """A company whose only source is a folder of files; its name."""
    return of_folders(home, name, {"files": folder})


def of_folders(home: Path, name: str, folders: Mapping[str, Path]) -> str:
    """A company that several folders of files feed, each by a name of its own; its name."""
    own = home / "companies" / name
    own.mkdir(parents=True, exist_ok=True)
    sources = {
        each: {"path": str(path)} | ({} if each == "files" else {"source": "files"}) for each, path in folders.items()
    }
    (own / "sources.yml").write_text(yaml.safe_dump({"sources": sources}))
    return name


def run(name: str, as_of: datetime | None = None) -> int:
    """The whole job, step after step; the run's number."""
    return job.run_bare(name, "test", "pytest", as_of=as_of)


def seen(name: str, query: str, **values: Any) -> list[dict[str, Any]]:
    """What the company's analyst gets for a query on schema reporting."""
    database = migrate.connect(settings.load(name))
    with postgres.transaction(postgres.engine(database, "analyst")) as connection:
        connection.exec_driver_sql("set local search_path to reporting")
        return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]


def one(name: str, query: str, **values: Any) -> dict[str, Any]:
    """The only row of a query."""
    rows = seen(name, query, **values)
    assert len(rows) == 1, rows
    return rows[0]


def published(name: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every published table's rows, in an order that does not depend on how they came there."""
    tables = seen(name, "select table_name from publication_tables group by table_name order by table_name")
    return {
        row["table_name"]: sorted(
            (tuple(each.values()) for each in seen(name, f'select * from "{row["table_name"]}"')), key=repr
        )
        for row in tables
    }
