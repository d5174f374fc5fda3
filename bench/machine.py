"""What a step cost: seconds, CPU seconds of ourselves and of PostgreSQL, memory of each process, disk."""

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil

_TICK = 0.25
_PROC = Path("/proc")
_HERTZ = os.sysconf("SC_CLK_TCK")


def own_cpu() -> float:
    """CPU seconds of this process and of every child that has ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def server_cpu(postmaster: int) -> float:
    """CPU seconds of a PostgreSQL server: the postmaster, its sessions at work, and those that have ended.

    Ended sessions live on in the postmaster's `cutime` and `cstime`, so that none is lost between two looks.
    """
    return ended_and_own_cpu(postmaster) + sum(_ticks(pid, 13, 14) for pid in _children(postmaster))


def ended_and_own_cpu(pid: int) -> float:
    """CPU seconds of one process and of its children that have ended."""
    return _ticks(pid, 13, 14, 15, 16)


def process_cpu(pid: int) -> float:
    """CPU seconds of one process with its threads."""
    return _ticks(pid, 13, 14)


@dataclass
class Watch:
    """Looks several times a second at the most memory that each kind of process ever held.

    Args:
        roots: kind to the process whose tree it is; a tree of dbt within it counts as `dbt`.
        postmaster: the server whose sessions' own memory is summed; shared memory is apart, as it is one.
    """

    roots: Mapping[str, int]
    postmaster: int
    peak: dict[str, float] = field(default_factory=dict)
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        assert self._thread is not None
        self._thread.join()

    def _loop(self) -> None:
        while not self._end.wait(_TICK):
            for kind, root in self.roots.items():
                for pid in _tree(root):
                    name = "dbt" if b"dbt.cli.main" in _read(pid, "cmdline") else kind
                    self._note(name, _megabytes(pid, "VmHWM"))
            sessions = [self.postmaster, *_children(self.postmaster)]
            self._note("postgresql sessions", sum(_megabytes(pid, "RssAnon") for pid in sessions))
            self._note("postgresql shared", max(_megabytes(pid, "RssShmem") for pid in sessions))

    def _note(self, name: str, megabytes: float) -> None:
        self.peak[name] = max(self.peak.get(name, 0.0), megabytes)


def folder_megabytes(folders: Iterable[Path]) -> float:
    """What files take on disk."""
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_blocks * 512 for path in files) / 2**20


def _tree(root: int) -> list[int]:
    try:
        return [root, *(child.pid for child in psutil.Process(root).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _children(pid: int) -> list[int]:
    return [int(child) for child in _read(pid, f"task/{pid}/children").split()]


def _ticks(pid: int, *fields: int) -> float:
    after_name = _read(pid, "stat").rpartition(b")")[2].split()
    return sum(int(after_name[at - 2]) for at in fields) / _HERTZ if after_name else 0.0


def _megabytes(pid: int, what: str) -> float:
    for line in _read(pid, "status").splitlines():
        if line.startswith(what.encode() + b":"):
            return int(line.split()[1]) / 1024
    return 0.0


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except (OSError, ValueError):
        return b""
