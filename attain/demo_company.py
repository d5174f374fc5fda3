"""The demo company's source systems: a process of its own, spoken to over HTTP like any other source.

Nothing of `demo/` is imported: it is built, served and moved in time by its own command line.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from attain import airflow_processes as processes
from attain import secrets, shared
from attain.errors import ServerError
from attain.settings import Settings, child_environment

COMPANY = "demo"
_PROJECT = Path(__file__).resolve().parents[1]
_START_SECONDS = 60


@dataclass(frozen=True)
class DemoCompany:
    """The demo company at work.

    Args:
        clock: its own time, as its answers carry it.
        found: it was running before, so whoever asked for it should not end it.
    """

    url: str
    clock: str
    found: bool = False


def build(settings: Settings, scale: str | None, seed: int | None) -> None:
    """Draw the company's life, unless the one asked for is there; without scale and seed, keep what is there.

    Raises:
        ServerError: it could not be built; the message has its last words.
    """
    asked = [*(("--scale", scale) if scale else ()), *(("--seed", str(seed)) if seed is not None else ())]
    _command(settings, "build", *asked)


def start(settings: Settings) -> DemoCompany:
    """Serve the company, or find it served; its address and credentials are kept for its runs.

    Raises:
        ServerError: it did not answer in time.
    """
    folder, log = _folder(settings), _folder(settings) / "serve.log"
    found = bool(processes.alive(folder)) and _answering(log) is not None
    if not found:
        port = _last_port(log)
        processes.stop(folder)
        log.unlink(missing_ok=True)
        words = _words("serve", "--state", str(folder), *(("--port", port) if port else ()))
        processes.start(folder, "demo", words, _environment(), log)
    told = _await(log)
    _keep_connection(settings, told)
    _link_company(settings)
    return DemoCompany(str(told["url"]), str(told["clock"]), found)


@contextmanager
def used(settings: Settings) -> Iterator[DemoCompany]:
    """The company served for as long as the block lasts; the last who uses it ends it, if they started it.

    Raises:
        ServerError: it did not answer in time.
    """

    def identity() -> str | None:
        at_work = processes.leader(_folder(settings), "demo")
        return at_work if address(settings) else None

    with shared.used(settings.home, COMPANY, identity, lambda: start(settings), lambda: stop(settings)):
        yield start(settings)


def stop(settings: Settings) -> None:
    """End its process; nothing happens when there is none."""
    if _folder(settings).is_dir():
        processes.stop(_folder(settings))


def address(settings: Settings) -> str | None:
    """Where it is served; None while it is not."""
    told = _answering(_folder(settings) / "serve.log") if processes.alive(_folder(settings)) else None
    return str(told["url"]) if told else None


def advance(settings: Settings, by: str) -> str:
    """Let time pass in the company: `12h`, `1d`, `7d`.

    Returns: its clock afterwards, ISO 8601.

    Raises:
        ServerError: there is no company yet, or its life is not written that far.
    """
    return str(json.loads(_command(settings, "advance", by))["clock"])


def _folder(settings: Settings) -> Path:
    return settings.home / "demo"


def _words(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "demo", *arguments]


def _environment() -> dict[str, str]:
    return child_environment({"PYTHONPATH": str(_PROJECT)})


def _command(settings: Settings, *arguments: str) -> str:
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        _words(*arguments, "--state", str(folder)), env=_environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ServerError(
            f"demo company: {arguments[0]} failed: {last.removeprefix('demo: ')} `make clean` begins anew with everything."
        )
    return done.stdout.strip().splitlines()[-1]


def _told(log: Path) -> dict[str, Any] | None:
    """What the process said when it was ready."""
    try:
        return dict(json.loads(log.read_text(encoding="utf-8").splitlines()[0]))
    except (OSError, ValueError, IndexError):
        return None


def _answering(log: Path) -> dict[str, Any] | None:
    told = _told(log)
    if told is None:
        return None
    try:
        httpx.get(f"{told['url']}/services/data/", timeout=5, trust_env=False)
    except httpx.HTTPError:
        return None
    return told


def _last_port(log: Path) -> str | None:
    told = _told(log)
    return str(told["url"]).rsplit(":", 1)[1] if told else None


def _await(log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        told = _answering(log)
        if told is not None:
            return told
        if not processes.alive(log.parent):
            break
        time.sleep(0.1)  # noqa: TID251 - waiting for a process to be ready
    raise ServerError(f"demo company: it does not answer. See {log}; rerun, or remove {log.parent} to begin anew.")


def _keep_connection(settings: Settings, told: dict[str, Any]) -> None:
    """The company's Salesforce address and client, where its runs look for them."""
    client = json.loads(Path(told["credentials"]).read_text(encoding="utf-8"))
    known = {
        "ATTAIN_SALESFORCE_URL": told["url"],
        "ATTAIN_SALESFORCE_CLIENT_ID": client["client_id"],
        "ATTAIN_SALESFORCE_CLIENT_SECRET": client["client_secret"],
    }
    secrets.keep(settings.home, f"{COMPANY}.connections", json.dumps(known))


def _link_company(settings: Settings) -> None:
    """Make the folder that the demo company hands out a company of this installation."""
    link, target = settings.home / "companies" / COMPANY, _folder(settings) / "company"
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() and link.readlink() == target:
        return
    if link.exists() and not link.is_symlink():
        raise ServerError(f"demo company: {link} is another company's folder. Move it away, then rerun.")
    link.unlink(missing_ok=True)
    link.symlink_to(target, target_is_directory=True)
