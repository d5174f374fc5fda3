"""Rows in = rows published + rows set aside + rows deleted at the source, in sentences that add up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Balance:
    """Sentences to print; `rows_held` are rows of the sources alive in the warehouse."""

    sentences: tuple[str, ...]
    rows_held: int
