"""Is a step's rate worse than usual, or is it chance? Pooled two-proportion z with Benjamini-Hochberg over the steps."""

from collections.abc import Sequence
from math import erfc, sqrt

FEWEST_EXPECTED = 5


def two_proportions(passed: int, entered: int, usual_passed: int, usual_entered: int) -> tuple[float, float] | None:
    """(z, two-sided p) against the baseline; None where an expected cell is under 5 or nothing varies.

    28 of 254 against 36 of 301: z -0.344, p 0.7307. 7 of 105 against 18 of 115: z -2.0975, p 0.036.
    """
    if not entered or not usual_entered:
        return None
    pooled = (passed + usual_passed) / (entered + usual_entered)
    smallest = min(entered, usual_entered) * min(pooled, 1 - pooled)
    if smallest < FEWEST_EXPECTED:
        return None
    spread = sqrt(pooled * (1 - pooled) * (1 / entered + 1 / usual_entered))
    z = (passed / entered - usual_passed / usual_entered) / spread
    return z, erfc(abs(z) / sqrt(2))


def discoveries(p_values: Sequence[float | None], rate: float = 0.05) -> list[bool]:
    """Which of them stand when tested together (Benjamini-Hochberg); None is never one."""
    ranked = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    limit = max((k for k, (p, _) in enumerate(ranked, 1) if p <= rate * k / len(ranked)), default=0)
    found = {i for _, i in ranked[:limit]}
    return [i in found for i in range(len(p_values))]
