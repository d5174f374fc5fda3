"""A question that cannot be answered yet."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Missing:
    """Says why there is no picture and which data fills it."""

    question: str
    heading: str
    needs: str
