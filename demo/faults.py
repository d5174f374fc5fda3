"""Faults on demand: what tests ask of the demo company, kept out of its ordinary ways.

`POST /_demo/faults` takes `{"kind": ..., "path": <regex>, "skip": 0, "times": 1, ...}`; kinds:

- `status`: answer `status` (429, 500, 503, ...) with `code` and `message`, and `retry_after` when given;
- `hang`: wait `seconds` before answering;
- `cut`: break the connection after `bytes` of the body; `clean` ends the answer properly instead, but short;
- `expire`: forget every session before answering (so a running job meets a 401);
- `job`: a bulk job created meanwhile ends Failed with `message`;
- `count`: `numberRecordsProcessed` of a bulk job is off by `by`.
"""

import re
import threading
from dataclasses import dataclass, field
from typing import Any

KINDS = ("status", "hang", "cut", "expire", "job", "count")


@dataclass
class Fault:
    """One fault: it strikes requests whose path matches, after `skip` of them, `times` times."""

    kind: str
    path: str = ".*"
    skip: int = 0
    times: int = 1
    options: dict[str, Any] = field(default_factory=dict)

    def strikes(self, path: str) -> bool:
        if self.times <= 0 or not re.search(self.path, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Faults:
    """The faults still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, wish: dict[str, Any]) -> Fault:
        """Raises ValueError for an unknown kind or a path that is no regular expression."""
        wish = dict(wish)
        kind = str(wish.pop("kind", ""))
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        path = str(wish.pop("path", ".*"))
        re.compile(path)
        fault = Fault(kind, path, int(wish.pop("skip", 0)), int(wish.pop("times", 1)), wish)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[str]:
        """Paths of the faults that have not struck as often as they should."""
        with self._lock:
            return [fault.path for fault in self._waiting if fault.times > 0]

    def strike(self, path: str, *kinds: str) -> Fault | None:
        """The first fault of these kinds that strikes this request."""
        with self._lock:
            return next((f for f in self._waiting if f.kind in kinds and f.strikes(path)), None)
