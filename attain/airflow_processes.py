"""Processes that outlive the command that started them, and how all of them are found and ended again.

Each is a session of its own, so Ctrl-C reaches only us. Each carries our mark in its environment, and so does all
that it starts: by it, what a killed run left behind is found (on Linux; elsewhere by process group).
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from attain.errors import ServerError
from attain.server_files import command_line

_MARK = "ATTAIN_SERVICES_OF"
_PATIENCE = 8  # seconds between asking and ending


def mark(home: Path) -> dict[str, str]:
    """What every process of this home has in its environment."""
    return {_MARK: str(home)}


def start(home: Path, name: str, command: list[str], environment: Mapping[str, str], log: Path) -> None:
    """Start a process and remember it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, cwd=home,
            start_new_session=True,
        )  # fmt: skip
    _remember(home, _remembered(home) | {name: child.pid})


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
    return {name for name, pid in _remembered(home).items() if _is_ours(pid, home)}


def stop(home: Path) -> None:
    """End every process of this home: asked first, ended after some seconds."""
    groups = [pid for pid in _remembered(home).values() if _is_ours(pid, home)]
    for number, seconds in ((signal.SIGTERM, _PATIENCE), (signal.SIGKILL, _PATIENCE)):
        for group in groups:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)
        for pid in marked(home):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if _all_ended(home, groups, seconds):
            break
    _file(home).unlink(missing_ok=True)


def marked(home: Path) -> list[int]:
    """Processes that carry this home's mark, other than ourselves and those we came from; known on Linux only."""
    wanted = f"{_MARK}={home}".encode()
    proc, found = Path("/proc"), []
    if not (proc / "self").exists():
        return []
    for entry in proc.iterdir():
        if entry.name.isdigit() and int(entry.name) not in (os.getpid(), os.getppid()):
            with suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


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


def _all_ended(home: Path, groups: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for group in groups:
            with suppress(ChildProcessError):
                os.waitpid(group, os.WNOHANG)  # ours may be zombies until they are waited for
        if not marked(home) and not any(_is_ours(group, home) for group in groups):
            return True
        time.sleep(0.05)  # noqa: TID251 - waiting for processes to end
    return False


def _is_ours(pid: int, home: Path) -> bool:
    environment = Path(f"/proc/{pid}/environ")
    if Path("/proc/self").exists():
        with suppress(OSError):
            return f"{_MARK}={home}".encode() in environment.read_bytes().split(b"\0")
        return False
    return "airflow" in command_line(pid)


def _remembered(home: Path) -> dict[str, int]:
    try:
        return {str(k): int(v) for k, v in json.loads(_file(home).read_text(encoding="utf-8")).items()}
    except (OSError, ValueError):
        return {}


def _remember(home: Path, pids: Mapping[str, int]) -> None:
    new = _file(home).with_suffix(".new")
    new.write_text(json.dumps(dict(pids)) + "\n", encoding="utf-8")
    new.replace(_file(home))


def _file(home: Path) -> Path:
    return home / "services.json"
