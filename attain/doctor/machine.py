"""The machine: Python, packages, memory, disk, the home folder, a browser."""

import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from attain import airflow_processes as processes
from attain import secrets
from attain.doctor.finding import Finding, State, fine
from attain.settings import Settings
from report import browser, pictures

_AREA = "machine"
_LOCK = Path(__file__).resolve().parents[2] / "uv.lock"
_GB = 10**9
_MEMORY = 3 * _GB  # Airflow's services, dbt and PostgreSQL together
_DISK_WRONG, _DISK_ODD = _GB, 5 * _GB


def look(known: Settings) -> Iterator[Finding]:
    """Everything about this machine that a run depends on; makes and changes nothing."""
    yield _python()
    yield _packages()
    yield _memory()
    yield _disk(known.home)
    yield _home(known.home)
    yield _keys(known.home)
    yield _services(known.home)
    yield _browser()


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info < (3, 14):
        return fine(_AREA, "Python", found)
    return Finding(_AREA, "Python", "wrong", found, "Use Python 3.11 to 3.13: `make clean`, then `make run` with it.")


def _packages() -> Finding:
    """Whether what is installed is what the lock says; a package that the lock does not know is somebody's own."""
    if not _LOCK.is_file():
        return Finding(_AREA, "packages", "odd", "there is no uv.lock beside the project", "Work in a checkout.")
    locked: dict[str, set[str]] = {}
    for package in tomllib.loads(_LOCK.read_text(encoding="utf-8"))["package"]:
        locked.setdefault(package["name"], set()).add(package.get("version", ""))
    installed = {_plain(each.name): each.version for each in distributions()}
    other = sorted(n for n, v in installed.items() if n in locked and v not in locked[n] and n != "attain")
    if other:
        named = ", ".join(f"{name} {installed[name]}" for name in other[:3])
        found = f"{len(other)} differ from uv.lock: {named}"
        return Finding(_AREA, "packages", "odd", found, "`make install` installs what the lock says.")
    return fine(_AREA, "packages", f"{len(installed)} installed, as uv.lock says")


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _memory() -> Finding:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if total >= _MEMORY:
        return fine(_AREA, "memory", f"{total / _GB:.1f} GB")
    return Finding(
        _AREA, "memory", "odd", f"{total / _GB:.1f} GB",
        f"Airflow, dbt and PostgreSQL together take about {_MEMORY // _GB} GB: use `attain run` without Airflow, or a larger machine.",
    )  # fmt: skip


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(_standing(home)).free
    found = f"{free / _GB:.1f} GB free at {_standing(home)}"
    if free >= _DISK_ODD:
        return fine(_AREA, "disk", found)
    state: State = "wrong" if free < _DISK_WRONG else "odd"
    return Finding(_AREA, "disk", state, found, "Free some, or set ATTAIN_HOME to a larger disk.")


def _standing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _home(home: Path) -> Finding:
    at = _standing(home)
    if not os.access(at, os.W_OK | os.X_OK):
        return Finding(
            _AREA, "home", "wrong", f"{at} is not writable for us", "Give it to this user, or set ATTAIN_HOME."
        )
    owner = at.stat().st_uid
    if owner != os.geteuid():
        found = f"{at} belongs to user id {owner}, and we are {os.geteuid()}"
        return Finding(_AREA, "home", "odd", found, "Run always as the same user, so that files stay writable.")
    return fine(_AREA, "home", str(home) if home.exists() else f"{home}, made by the first run")


def _keys(home: Path) -> Finding:
    path = home / secrets.FILE
    if not path.exists():
        return fine(_AREA, "passwords", f"{secrets.FILE} is made by the first run")
    if path.stat().st_mode & 0o077:
        return Finding(_AREA, "passwords", "wrong", f"others may read {path}", f"chmod 600 {path}")
    return fine(_AREA, "passwords", f"{secrets.FILE} is readable by its owner alone")


def _services(home: Path) -> Finding:
    at_work = sorted(processes.alive(home))
    return fine(
        _AREA, "Airflow", ", ".join(at_work) + " at work" if at_work else "not running; a run starts it when asked to"
    )


def _browser() -> Finding:
    found = browser.find()
    if found:
        return fine(_AREA, "browser", found)
    return Finding(
        _AREA, "browser", "odd", "no Chromium is on the path",
        f"Pages are written as HTML alone. {pictures.INSTALL}",
    )  # fmt: skip
