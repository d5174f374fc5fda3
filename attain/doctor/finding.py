"""What the doctor finds."""

from dataclasses import dataclass
from typing import Literal

State = Literal["fine", "odd", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        area: machine, database, company or a source.
        what: the thing, in a few words.
        state: `fine`; `odd` works but should be known; `wrong` stops a run.
        found: what was seen, without secrets.
        what_to_do: the next act; empty when it is fine.
    """

    area: str
    what: str
    state: State
    found: str
    what_to_do: str = ""


def fine(area: str, what: str, found: str) -> Finding:
    """A thing that is as it should be."""
    return Finding(area, what, "fine", found)
