"""Processes that outlive the command that started them, and how all of them are found and ended again.

Each leads a session of its own, so Ctrl-C reaches only us, and all that it starts stays in that session: by it, what
a killed run left behind is found, even when the leader itself is gone.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from attain.errors import ServerError

_PATIENCE = 8  # seconds between asking and ending


def start(home: Path, name: str, command: list[str], environment: Mapping[str, str], log: Path) -> None:
    """Start a process and remember it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, cwd=home,
            start_new_session=True,
        )  # fmt: skip
    child.returncode = 0  # it outlives us on purpose, so Python need not warn of it
    _remember(home, {**_remembered(home), name: _Leader(child.pid, _born(child.pid))})


def run(command: list[str], environment: Mapping[str, str], log: Path) -> None:
    """Run a process to its end.

    Raises:
        ServerError: it failed; the message has its last line and names its log.
    """
    with log.open("ab") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, check=False
        )
    if done.returncode:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise ServerError(f"airflow: {' '.join(command[2:])} failed: {' '.join(last)}. See {log}.")


def alive(home: Path) -> set[str]:
    """The names of remembered processes that are still at work."""
    return {name for name, leader in _remembered(home).items() if leader.lives}


def leader(home: Path, name: str) -> str | None:
    """Tells one start of a process from the next; None while it is not at work."""
    known = _remembered(home).get(name)
    return f"{known.pid} {known.born}" if known is not None and known.lives else None


def stop(home: Path) -> None:
    """End every process of this home and all that it started: asked first, ended after some seconds."""
    leaders = tuple(_remembered(home).values())
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in _members(leaders):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if _all_ended(leaders):
            break
    _file(home).unlink(missing_ok=True)


@contextmanager
def ended_with_us() -> Iterator[None]:
    """Let a request to end reach `finally` blocks, as Ctrl-C does."""

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass(frozen=True)
class _Leader:
    """A process we started; the time of its birth tells it from a later one with the same number."""

    pid: int
    born: str

    @property
    def lives(self) -> bool:
        return bool(self.born) and _born(self.pid) == self.born


def _members(leaders: tuple[_Leader, ...]) -> list[int]:
    """Every process in the sessions of these leaders; a number that has been given away is no session of ours."""
    sessions = {leader.pid for leader in leaders if _born(leader.pid) in ("", leader.born)}
    found = []
    for pid in _all_processes():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) in sessions and _born(pid):
                found.append(pid)
    return found


def _all_ended(leaders: tuple[_Leader, ...]) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        for leader in leaders:
            with suppress(ChildProcessError):
                os.waitpid(leader.pid, os.WNOHANG)  # where we are the parent, it stays until waited for
        if not _members(leaders):
            return True
        time.sleep(0.05)  # noqa: TID251 - waiting for processes to end
    return False


def _all_processes() -> list[int]:
    proc = Path("/proc")
    if (proc / "self").exists():
        return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()]
    listed = subprocess.run(["/bin/ps", "-axo", "pid="], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def _born(pid: int) -> str:
    """When a process was born, in the system's own words; empty when it is gone or only waits to be waited for."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        try:
            after_name = stat.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        except OSError:
            return ""
        return "" if after_name[0] in "ZX" else after_name[19]
    asked = ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)]
    state, _, born = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    return "" if state.startswith("Z") else born.strip()


def _remembered(home: Path) -> dict[str, _Leader]:
    try:
        kept = json.loads(_file(home).read_text(encoding="utf-8"))
        return {str(name): _Leader(int(leader["pid"]), str(leader["born"])) for name, leader in kept.items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _remember(home: Path, leaders: Mapping[str, _Leader]) -> None:
    new = _file(home).with_suffix(".new")
    kept = {name: {"pid": leader.pid, "born": leader.born} for name, leader in leaders.items()}
    new.write_text(json.dumps(kept) + "\n", encoding="utf-8")
    new.replace(_file(home))


def _file(home: Path) -> Path:
    return home / "services.json"
