"""Passwords and keys this installation made for itself, in one file that only its user reads."""

import fcntl
import json
import os
import secrets as random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attain.errors import SettingsError

FILE = "secrets.json"


def secret(home: Path, name: str, length: int = 32) -> str:
    """The secret of that name, made of `length` random bytes (URL-safe text) when there is none yet.

    Raises:
        SettingsError: the file cannot be read or written.
    """
    return secrets(home, (name,), length)[name]


def secrets(home: Path, names: tuple[str, ...], length: int = 32) -> dict[str, str]:
    """Several secrets at once, each made when there is none yet."""
    with _locked(home):
        known = _read(home)
        missing = [name for name in names if name not in known]
        if missing:
            known |= {name: random.token_urlsafe(length) for name in missing}
            _write(home, known)
    return {name: known[name] for name in names}


def keep(home: Path, name: str, value: str) -> None:
    """Store a secret that came from elsewhere, replacing an older one."""
    with _locked(home):
        _write(home, _read(home) | {name: value})


def known(home: Path) -> frozenset[str]:
    """The names of the secrets there are."""
    return frozenset(_read(home))


def _read(home: Path) -> dict[str, str]:
    path = home / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{path}: the secrets cannot be read ({type(error).__name__}). Nothing was changed. Restore the file, "
            "or delete it: with the embedded server, new passwords are then set at the next run."
        ) from None
    return {str(k): str(v) for k, v in content.items()}


def _write(home: Path, content: dict[str, str]) -> None:
    path = home / FILE
    new = path.with_suffix(f".{os.getpid()}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise SettingsError(f"{path}: the secrets cannot be written: {error.strerror}. Free or allow it.") from None


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".secrets.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
