"""What several commands of one home may use at once: whoever needs it first starts it, the last one ends it.

Locks tell who uses it, so a command that was killed counts no longer. What was left running on purpose (`attain up`)
is found at work, and left so.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def used(
    home: Path, name: str, identity: Callable[[], str | None], start: Callable[[], object], stop: Callable[[], None]
) -> Iterator[None]:
    """Something at work for as long as the block lasts.

    Args:
        name: what it is called among the home's files.
        identity: tells one start of it from the next; None while it is not at work.
        start, stop: called by one command at a time.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / f".{name}.users").open("a", encoding="utf-8") as users:
        ours = False
        with _door(home, name):
            fcntl.flock(users, fcntl.LOCK_SH)
            if identity() is None:
                try:
                    start()
                except BaseException:
                    stop()  # it may stand half
                    raise
                _mark(home, name).write_text(identity() or "", encoding="utf-8")
                ours = True
        try:
            yield
        finally:
            with _door(home, name):
                _leave(users.fileno(), _mark(home, name), identity(), stop, ours=ours)


def keep(home: Path, name: str) -> None:
    """Let it go on when the last command that uses it ends."""
    _mark(home, name).unlink(missing_ok=True)


def _leave(users: int, mark: Path, now: str | None, stop: Callable[[], None], *, ours: bool) -> None:
    if not mark.exists() or not (ours or mark.read_text(encoding="utf-8") == now):
        return
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        mark.write_text(now or "", encoding="utf-8")  # it may have been started anew meanwhile: the last user's to end
        return
    stop()
    mark.unlink(missing_ok=True)


def _mark(home: Path, name: str) -> Path:
    """Stands while it was started for commands, not to stay; holds its identity."""
    return home / f".{name}.started"


@contextmanager
def _door(home: Path, name: str) -> Iterator[None]:
    """One command at a time comes or goes."""
    with (home / f".{name}.door").open("a", encoding="utf-8") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield
