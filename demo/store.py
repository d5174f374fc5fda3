"""The company's life on disk: one uncompressed Arrow file a part, integers as narrow as they fit, mapped when opened."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from demo.company import Life
from demo.people import Person, Roster
from demo.versions import Versions


def save(life: Life, folder: Path) -> None:
    """Write every part of the life into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in dataclasses.fields(life):
        _save_part(getattr(life, part.name), folder, part.name)


def load(folder: Path) -> Life:
    """What `save` wrote; each part is read when it is first asked for."""
    return _Stored(folder)


class _Stored(Life):
    """A life whose parts come from disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getattr__(self, name: str) -> Any:
        kind = {part.name: part.type for part in dataclasses.fields(Life)}.get(name)
        if kind is None:
            raise AttributeError(name)
        part = _load_part(kind, self._folder, name)
        setattr(self, name, part)
        return part


def _save_part(part: Any, folder: Path, name: str) -> None:
    columns: dict[str, np.ndarray[Any, Any]] = {}
    for item in dataclasses.fields(part):
        value = getattr(part, item.name)
        if isinstance(value, Versions):
            _save_part(value, folder, f"{name}.{item.name}")
        elif isinstance(value, dict):
            columns |= {f"state.{key}": array for key, array in value.items()}
        elif isinstance(value, np.ndarray) and value.ndim == 1:
            columns[item.name] = value
        elif item.name == "holder":
            np.save(folder / f"{name}.holder.npy", value)
    if isinstance(part, Roster):
        people = {"people": [dataclasses.asdict(p) for p in part.people], "team_manager": part.team_manager}
        (folder / f"{name}.json").write_text(json.dumps(people))
    table = pa.table({key: pa.array(_narrow(array)) for key, array in columns.items()})
    with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _narrow(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if array.dtype != np.int64 or not len(array):
        return array
    low, high = int(array.min()), int(array.max())
    fitting = (
        kind for kind in (np.int8, np.int16, np.int32) if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max
    )
    return array.astype(next(fitting, np.int64))


def _load_part(kind: Any, folder: Path, name: str) -> Any:
    with pa.memory_map(str(folder / f"{name}.arrow")) as source:
        table = pa.ipc.open_file(source).read_all()
    columns = {key: _widen(table.column(key)) for key in table.column_names}
    values: dict[str, Any] = {}
    for item in dataclasses.fields(kind):
        if item.type is Versions:
            values[item.name] = _load_part(Versions, folder, f"{name}.{item.name}")
        elif item.name == "state":
            values["state"] = {key[6:]: array for key, array in columns.items() if key.startswith("state.")}
        elif item.name == "holder":
            values["holder"] = np.load(folder / f"{name}.holder.npy", mmap_mode="r")
        elif item.name in columns:
            values[item.name] = columns[item.name]
    if kind is Roster:
        people = json.loads((folder / f"{name}.json").read_text())
        values["people"] = [Person(**person) for person in people["people"]]
        values["team_manager"] = people["team_manager"]
    return kind(**values)


def _widen(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    array: np.ndarray[Any, Any] = column.to_numpy()
    return array.astype(np.int64) if np.issubdtype(array.dtype, np.integer) else array
