"""The categories by which a pipeline changes, in the order they are drawn; definitions in docs of pipeline_movements."""

from dataclasses import dataclass
from decimal import Decimal

ADDED = ("created", "reopened", "restored", "pulled_in", "pushed_in", "increased")
REMOVED = ("decreased", "pushed_out", "pulled_out", "won", "lost", "deleted")
EITHER = ("revalued",)
ZERO_IN_TOTAL = ("transferred_in", "transferred_out")
CHANGES_VALUE_ONLY = ("increased", "decreased", "revalued")
_COLOURS = {"won": "good"}


@dataclass(frozen=True)
class Step:
    """One category of change; `amount` is signed."""

    name: str
    amount: Decimal
    deals: int
    shown: int

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @property
    def colour(self) -> str:
        return _COLOURS.get(self.name, "bad" if self.amount < 0 or self.name in REMOVED else "data")
