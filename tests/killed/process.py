"""Processes whose lines are read as they come: commands, and runs forked from a nursery."""

import os
import queue
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

PROJECT = Path(__file__).resolve().parents[2]


class Told:
    """A process in a session of its own; what it says is kept."""

    pid: int

    def __init__(self, output: IO[str]) -> None:
        self.lines: list[str] = []
        self._output = output
        self._fresh: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def ended(self) -> bool:
        return self.wait(0) is not None

    @property
    def last(self) -> str:
        return self.lines[-1] if self.lines else ""

    def any_line(self, seconds: float) -> str | None:
        """The next line it says; None when it has ended.

        Raises:
            TimeoutError: it says nothing for so long.
        """
        try:
            return self._fresh.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError(f"nothing after {self.last!r} for {seconds:.0f} s") from None

    def until(self, wanted: str, seconds: float) -> bool:
        """Read on until it says this; False when it ended before."""
        deadline = time.monotonic() + seconds
        while (line := self.any_line(max(0.1, deadline - time.monotonic()))) is not None:
            if line == wanted:
                return True
        return False

    def signal(self, number: signal.Signals) -> None:
        if not self.ended:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> int | None:
        """Its exit code, negative for a signal; None when it has not ended by then."""
        raise NotImplementedError

    def close(self) -> None:
        """End it if it still runs."""
        self.signal(signal.SIGKILL)
        self.wait(20)
        self._reader.join(5)

    def _read(self) -> None:
        with suppress(ValueError):  # closed under us
            for line in self._output:
                self.lines.append(line.strip())
                self._fresh.put(line.strip())
        self._fresh.put(None)


class Command(Told):
    """A Python command."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", env=dict(environment), cwd=PROJECT, start_new_session=True,
        )  # fmt: skip
        self.pid = self._process.pid
        assert self._process.stdout is not None
        super().__init__(self._process.stdout)

    def wait(self, seconds: float) -> int | None:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


class Run(Told):
    """A run that a nursery forked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        super().__init__((folder / "out").open(encoding="utf-8", errors="replace"))
        self._input = (folder / "in").open("w", encoding="utf-8")
        self.pid = int(self._until("pid", 60) or 0)

    def go_on(self) -> None:
        """Answer a run that waits before its next step."""
        self._input.write("\n")
        self._input.flush()

    def wait(self, seconds: float) -> int | None:
        text = self._until("code", seconds)
        return None if text is None else int(text)

    def close(self) -> None:
        super().close()
        self._input.close()

    def _until(self, name: str, seconds: float) -> str | None:
        deadline = time.monotonic() + seconds
        while True:
            with suppress(FileNotFoundError):
                return (self._folder / name).read_text(encoding="utf-8")
            if time.monotonic() > deadline:
                return None
            time.sleep(0.02)


class Nursery:
    """Forks runs of `tests.killed.child`, see `tests.killed.nursery`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="attain-killed-runs-"))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.killed.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(environment), cwd=PROJECT, start_new_session=True,
        )  # fmt: skip
        self.pid = self._process.pid
        self._count = 0
        assert self._process.stdout is not None
        self._ready = self._process.stdout

    def run(self, *arguments: str) -> Run:
        """Start one."""
        if self._count == 0 and self._ready.readline().strip() != "ready":
            raise RuntimeError("the nursery did not come up")
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        for name in ("in", "out"):
            os.mkfifo(folder / name)
        assert self._process.stdin is not None
        self._process.stdin.write(shlex.join([str(folder), *arguments]) + "\n")
        self._process.stdin.flush()
        return Run(folder)

    def close(self) -> None:
        """No further runs."""
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
