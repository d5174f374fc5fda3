"""What came of a moment."""

from dataclasses import dataclass, field

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
