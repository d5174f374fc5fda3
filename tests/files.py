"""What tests of files share: files by name in a folder, and what they would land as."""

from pathlib import Path
from typing import Any

from extract import company
from extract.files.source import SOURCE, FilesSettings
from extract.source import Cursors

DEALS = "opportunity_id,stage,close_date,amount\nD1,Closed Won,2026-03-04,100.5\nD2,Prospecting,2026-04-05,\n"


def put(folder: Path, **files: str | bytes) -> None:
    """Files by their names, `__` for the dot before the suffix."""
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def land(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Rows by template, as they would land; rejected ones under `rejected`."""
    landed: dict[str, list[dict[str, Any]]] = {"rejected": []}
    for batch in SOURCE.batches(FilesSettings(folder, company.load(folder)), "", Cursors()):
        name = batch.table.name.removeprefix("files__")
        for page in batch.pages:
            assert page.rows.schema.names == [*batch.table.schema.names, "_origin"]
            landed.setdefault(name, []).extend(page.rows.to_pylist())
            landed["rejected"].extend(page.rejected.to_pylist() if page.rejected else [])
    return landed


def modes(folder: Path) -> dict[str, str]:
    return {b.table.name: b.mode for b in SOURCE.batches(FilesSettings(folder, company.load(folder)), "", Cursors())}
