"""A demo company on disk: its life, its clock, its client's credentials, and the folders it hands out."""

import json
import os
import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from demo import store
from demo.clock import HORIZON, START, as_time
from demo.company import Life, deals_of, generate

KEY = "app.key"
FORMAT = 3
"""Goes up with every change of what is drawn or how it is kept: an older company is drawn again."""


@dataclass(frozen=True)
class State:
    """A built company. `clock` is in seconds since 1970."""

    folder: Path
    deals: int
    seed: int
    clock: int

    @property
    def credentials(self) -> dict[str, str]:
        """client_id and client_secret of the one connected app."""
        found: dict[str, str] = json.loads((self.folder / "credentials.json").read_text())
        return found

    @property
    def key(self) -> RSAPrivateKey:
        """The private key of the app's certificate, for logins by JWT; made when first asked for."""
        path = self.folder / KEY
        if not path.exists():
            made = generate_private_key(public_exponent=65537, key_size=2048)
            _write_private(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
        found = load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(found, RSAPrivateKey)
        return found

    def life(self) -> Life:
        return store.load(self.folder / "life")


class StateError(Exception):
    """The folder holds no demo company, or the clock cannot move that far."""


def build(folder: Path, scale: str, seed: int) -> State:
    """Draw a company's life and write it; an equal one that is already there keeps its clock and credentials.

    One that another version of this module drew is drawn again, and starts at the start.

    Args:
        scale: small, medium, large or a number of deals.
    """
    deals = deals_of(scale)
    found = _found(folder)
    if found and (found.deals, found.seed) == (deals, seed):
        return found
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "life", ignore_errors=True)
    (folder / "state.json").unlink(missing_ok=True)
    store.save(generate(deals, seed), folder / "life")
    if not (folder / "credentials.json").exists():
        _write_private(folder / "credentials.json", json.dumps(new_credentials()))
    state = State(folder, deals, seed, START)
    write(state)
    return state


def _found(folder: Path) -> State | None:
    try:
        return open_state(folder)
    except StateError:
        return None


def open_state(folder: Path) -> State:
    """The company in `folder`.

    Raises:
        StateError: there is none, or it was written by another version of this module.
    """
    path = folder / "state.json"
    if not path.exists():
        raise StateError(f"{folder} holds no demo company. Build one: python -m demo build --state {folder}")
    found = json.loads(path.read_text())
    if found["format"] != FORMAT:
        raise StateError(f"{folder} was written by another version. Remove it and build it again.")
    return State(folder, found["deals"], found["seed"], found["clock"])


def write(state: State) -> None:
    """Replace state.json in one step."""
    text = json.dumps({
        "format": FORMAT, "company": "Meridian Robotics", "deals": state.deals, "seed": state.seed,
        "clock": state.clock, "clock_text": as_time(state.clock).isoformat(),
    })  # fmt: skip
    path = state.folder / "state.json"
    fresh = path.with_suffix(".tmp")
    fresh.write_text(text + "\n")
    fresh.replace(path)


def advance(state: State, seconds: int) -> State:
    """The same company, later; what was written ahead for that time has now happened.

    Raises:
        StateError: the clock would pass the end of what was written ahead.
    """
    if seconds < 0:
        raise StateError("The clock only moves forward.")
    if state.clock + seconds >= HORIZON:
        left = (HORIZON - state.clock) // 86_400
        raise StateError(f"The company's life is written until {as_time(HORIZON):%Y-%m-%d}; {left} days are left.")
    moved = replace(state, clock=state.clock + seconds)
    write(moved)
    return moved


def new_credentials() -> dict[str, str]:
    """What a connected app's owner would copy from its settings."""
    return {"client_id": "3MVG9" + secrets.token_urlsafe(24), "client_secret": secrets.token_hex(32).upper()}


def _write_private(path: Path, content: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(content)
