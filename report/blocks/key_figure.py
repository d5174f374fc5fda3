"""One cell of the key figures."""

from dataclasses import dataclass

from markupsafe import Markup

UP, DOWN = "▲", "▼"


@dataclass(frozen=True)
class KeyFigure:
    """One cell: the value, a small picture, how it compares (`tone` good, bad or plain) and of what."""

    name: str
    value: str
    spark: Markup | None
    verdict: str
    tone: str
    note: str
