"""What came of a moment."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.killed.moments import Moment


class Missed(Exception):
    """The step was over before the moment came."""


@dataclass
class Outcome:
    """What came of a moment.

    Args:
        happened: in words: where the run stood, and how it ended.
        through: the disturbed run itself ended well, so no other followed.
        recovered: seconds that the run after it took; 0 where none was needed.
        problems: what was lost, doubled, wrong or left; none is the verdict wanted.
    """

    moment: Moment
    happened: str = ""
    through: bool = False
    recovered: float = 0.0
    polls: int = 0
    problems: list[str] = field(default_factory=list)


def read(path: Path | None) -> list[Outcome]:
    """What an earlier call found."""
    if path is None or not path.is_file():
        return []
    kept = json.loads(path.read_text(encoding="utf-8"))
    return [Outcome(**{**each, "moment": Moment(**each["moment"])}) for each in kept]


def write(path: Path | None, outcomes: Sequence[Outcome]) -> None:
    """Keep it for a later call."""
    if path is not None:
        path.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=1) + "\n", encoding="utf-8")
