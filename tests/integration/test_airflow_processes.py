"""Processes that outlive their starter: found and ended, whatever they started and whoever was killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attain import airflow
from attain import airflow_processes as processes
from attain.errors import ServerError
from attain.settings import Settings

FAMILY = """
import os, signal, subprocess, sys, time
if sys.argv[1:] == ["stubborn"]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    time.sleep(600)
print(child, flush=True)
time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    processes.stop(tmp_path)


def _start(home: Path, *arguments: str) -> int:
    """A process with a child in a group of its own; the child's number."""
    log = home / "log"
    processes.start(home, "family", [sys.executable, "-c", FAMILY, *arguments], dict(os.environ), log)
    return int(_until(lambda: log.read_text(encoding="utf-8").strip()))


def _until(ask: Callable[[], str]) -> str:
    deadline = time.monotonic() + 20
    while not (answer := ask()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return answer


def _lives(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


@pytest.mark.parametrize("manners", [(), ("stubborn",)], ids=["polite", "stubborn"])
def test_stop_ends_the_process_and_its_children(
    home: Path, manners: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_PATIENCE", 1)
    child = _start(home, *manners)
    assert processes.alive(home) == {"family"}
    processes.stop(home)
    assert processes.alive(home) == set()
    assert not _lives(child)


def test_children_of_a_killed_process_are_swept(home: Path) -> None:
    """kill -9 of a scheduler leaves its workers; the next start ends them."""
    child = _start(home)
    (leader,) = [entry.pid for entry in processes._remembered(home).values()]
    os.kill(leader, signal.SIGKILL)
    os.waitpid(leader, 0)
    assert processes.alive(home) == set()
    assert _lives(child)
    processes.stop(home)
    assert not _lives(child)


def test_number_given_to_another_program_is_left_alone(home: Path) -> None:
    """After a reboot, a remembered number may be anybody's session."""
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        processes._remember(home, {"api-server": processes._Leader(bystander.pid, "long ago")})
        assert processes.alive(home) == set()
        processes.stop(home)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_request_to_end_reaches_the_end_of_the_block() -> None:
    reached = []

    def work() -> None:
        with processes.ended_with_us():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(5)
            finally:
                reached.append(True)

    with pytest.raises(SystemExit):
        work()
    assert reached


@pytest.mark.parametrize("victim", ["scheduler", "api-server"])
def test_watching_ends_when_a_service_it_needs_was_killed(home: Path, victim: str) -> None:
    """A run without its scheduler stays `running` for ever; whoever watches it would wait for hours."""
    for name in airflow.SERVICES:
        processes.start(
            home, name, [sys.executable, "-c", "import time; time.sleep(600)"], dict(os.environ), home / "l"
        )
    at_work = airflow.Airflow(Settings(home, "acme"), "http://127.0.0.1:1", "secret", datetime.now(UTC))
    at_work._must_be_at_work()
    pid = processes._remembered(home)[victim].pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with pytest.raises(ServerError, match=rf"its {victim} ended.*{victim}\.log.*Run again"):
        at_work._must_be_at_work()
