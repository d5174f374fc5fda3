"""What several commands use at once: started by the first, ended by the last, whoever of them is killed."""

import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from attain import shared

USER = """
import pathlib, sys
from attain import shared
home = pathlib.Path(sys.argv[1])
thing = home / "thing"
def identity(): return thing.read_text() if thing.exists() else None
with shared.used(home, "thing", identity, lambda: thing.write_text(sys.argv[2]), thing.unlink):
    print("in", flush=True)
    sys.stdin.readline()
"""


class User:
    """A command that uses the thing until it is told to end."""

    def __init__(self, home: Path, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", USER, str(home), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "in\n"

    def end(self) -> None:
        self._process.communicate("\n", timeout=20)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate(timeout=20)


@pytest.fixture
def thing(tmp_path: Path) -> Path:
    return tmp_path / "thing"


def test_last_user_ends_it_not_the_first_nor_whoever_started_it(thing: Path) -> None:
    first, second = User(thing.parent, "first"), User(thing.parent, "second")
    assert thing.read_text() == "first"
    first.end()
    assert thing.exists()
    second.end()
    assert not thing.exists()


def test_what_ran_before_goes_on(thing: Path) -> None:
    thing.write_text("by hand")
    User(thing.parent, "first").end()
    assert thing.read_text() == "by hand"


def test_killed_user_counts_no_longer_and_the_next_one_ends_what_it_left(thing: Path) -> None:
    first, second = User(thing.parent, "first"), User(thing.parent, "second")
    first.kill()
    second.end()
    assert not thing.exists()
    User(thing.parent, "third").kill()
    assert thing.exists()
    User(thing.parent, "fourth").end()
    assert not thing.exists()


def test_what_came_anew_after_a_killed_user_is_somebody_elses(thing: Path) -> None:
    User(thing.parent, "first").kill()
    thing.write_text("by hand")
    User(thing.parent, "second").end()
    assert thing.read_text() == "by hand"


def test_what_was_started_anew_while_used_is_still_ended(thing: Path) -> None:
    first, second = User(thing.parent, "first"), User(thing.parent, "second")
    thing.write_text("again")
    first.end()
    second.end()
    assert not thing.exists()


def test_kept_once_asked_for(thing: Path) -> None:
    first = User(thing.parent, "first")
    shared.keep(thing.parent, "thing")
    first.end()
    assert thing.exists()


def test_failed_start_leaves_nothing_half(thing: Path) -> None:
    def start() -> None:
        thing.write_text("half")
        raise RuntimeError

    with ExitStack() as stack, pytest.raises(RuntimeError):
        stack.enter_context(shared.used(thing.parent, "thing", lambda: None, start, thing.unlink))
    assert not thing.exists()
