"""A running demo company: the moment it stands at, who is logged in, what has been asked of it."""

import hmac
import secrets
import threading
from collections import OrderedDict
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from demo import state as states
from demo.clock import DAY, as_time
from demo.folders import write_folders
from demo.frame import View
from demo.query import Answer
from demo.state import State

ORGANISATION = "00D5g0000000001EAA"
INTEGRATION_USER = "integration@meridian-robotics.example"
DAILY_REQUESTS, DAILY_JOBS = 1_000_000, 10_000
KEPT_CURSORS = 200


class Running:
    """Shared by all requests; the clock follows `state.json`, so an advance from outside is seen at once."""

    def __init__(self, folder: Path) -> None:
        self.state: State = states.open_state(folder)
        self.life = self.state.life()
        self.credentials = self.state.credentials
        self._spent: dict[int, tuple[int, int]] = {}
        self.cursors: OrderedDict[str, tuple[Answer, int]] = OrderedDict()
        self._sessions: set[str] = set()
        self._lock = threading.Lock()
        self._seen = 0
        self._seen = self._written()
        self._view = View(self.life, self.state.clock)

    def _written(self) -> int:
        """When state.json was written; while a build replaces it, the last time known."""
        try:
            return (self.state.folder / "state.json").stat().st_mtime_ns
        except FileNotFoundError:
            return self._seen

    @property
    def view(self) -> View:
        """The company now."""
        with self._lock:
            written = self._written()
            if written != self._seen:
                self._seen = written
                self._reopen()
            if self._view.clock != self.state.clock:
                self._view = View(self.life, self.state.clock)
            return self._view

    def _reopen(self) -> None:
        before, self.state = self.state, states.open_state(self.state.folder)
        if (before.deals, before.seed) != (self.state.deals, self.state.seed):
            self.life = self.state.life()
            self._view = View(self.life, self.state.clock)

    @property
    def date_header(self) -> str:
        return format_datetime(as_time(self.view.clock), usegmt=True)

    def advance(self, seconds: int) -> State:
        """Move the clock, and with it the files the company hands out."""
        with self._lock:
            self.state = states.advance(states.open_state(self.state.folder), seconds)
            write_folders(self.state, self.life)
            self._seen = self._written()
            return self.state

    # ---------- the day's allowance

    def spend(self, requests: int = 0, jobs: int = 0) -> None:
        """Count API requests and query jobs at this moment."""
        now = self.view.clock
        with self._lock:
            before = self._spent.get(now, (0, 0))
            self._spent[now] = (before[0] + requests, before[1] + jobs)

    def used(self) -> tuple[int, int]:
        """Requests and query jobs of the last 24 hours."""
        now = self.view.clock
        with self._lock:
            self._spent = {at: spent for at, spent in self._spent.items() if at > now - DAY}
            return sum(spent[0] for spent in self._spent.values()), sum(spent[1] for spent in self._spent.values())

    # ---------- sessions

    @property
    def certificate(self) -> RSAPublicKey:
        """What the app's owner uploaded to it, so that assertions can be checked."""
        return self.state.key.public_key()

    def knows(self, client_id: str, client_secret: str) -> tuple[bool, bool]:
        """Whether the id, and the secret, are right."""
        right = self.credentials
        return (
            hmac.compare_digest(client_id.encode(), right["client_id"].encode()),
            hmac.compare_digest(client_secret.encode(), right["client_secret"].encode()),
        )

    def new_session(self) -> str:
        token = f"{ORGANISATION[:15]}!{secrets.token_urlsafe(48)}"
        self._sessions.add(token)
        return token

    def is_session(self, token: str) -> bool:
        return token in self._sessions

    def expire_sessions(self) -> None:
        self._sessions.clear()

    # ---------- REST query cursors

    def keep_cursor(self, answer: Answer, size: int) -> str:
        key = f"01g5g{secrets.token_hex(6)}AAA"[:18]
        self.cursors[key] = (answer, size)
        while len(self.cursors) > KEPT_CURSORS:
            self.cursors.popitem(last=False)
        return key


def issued_at() -> str:
    """Milliseconds since 1970 as OAuth answers tell them (real time: a session's life is not the company's)."""
    return str(int(datetime.now(UTC).timestamp() * 1000))
