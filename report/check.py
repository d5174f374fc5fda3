"""A page whose parts do not add up is not written."""

import itertools
from collections.abc import Iterable, Sequence
from decimal import Decimal

from attain.errors import PageRefused

Number = int | Decimal


def adds_up(what: str, parts: Iterable[Number], total: Number) -> None:
    """Compare exactly.

    Raises:
        PageRefused: naming what does not add up, and by how much.
    """
    found = sum(parts, Decimal(0))
    if found != total:
        raise PageRefused(
            f"report: {what}: the parts make {found}, the total says {total} (off by {found - total}). "
            "The page was not written and the last good one stays. Check the marts behind it, then run again."
        )


def never_rises(what: str, counts: Sequence[int]) -> None:
    """Each count is at most the one before it.

    Raises:
        PageRefused: naming the first one that rises.
    """
    for place, (before, after) in enumerate(itertools.pairwise(counts), 2):
        if after > before:
            raise PageRefused(
                f"report: {what}: place {place} holds {after}, more than the {before} before it. "
                "The page was not written and the last good one stays. Check the marts behind it, then run again."
            )
