"""How long stays last, the slow and obvious way: one day after the other, one stay after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Stay:
    """One stay: how many days it is known to have lasted, and how it ended; None where it still goes on."""

    days: int
    exit_kind: str | None


def curve(stays: Sequence[Stay], ways: Iterable[str]) -> dict[int, dict[str, float]]:
    """Day -> share of stays that last beyond it (`staying`), and per way the share that has ended so by then.

    Aalen and Johansen: whoever is still there on a day leaves with that day's chance of each way out.
    """
    told: dict[int, dict[str, float]] = {}
    staying, ended = 1.0, dict.fromkeys(ways, 0.0)
    for day in sorted({stay.days for stay in stays}):
        present = [stay for stay in stays if stay.days >= day]
        leaving = {way: [s for s in present if s.days == day and s.exit_kind == way] for way in ended}
        for way, those in leaving.items():
            ended[way] += staying * len(those) / len(present)
        staying -= staying * sum(map(len, leaving.values())) / len(present)
        told[day] = {"staying": staying, **ended}
    return told


def first_day(told: dict[int, dict[str, float]], name: str, share: float, *, falling: bool) -> int | None:
    """The first day on which a share of the curve has fallen (or risen) to `share`; None if never."""
    for day, shares in sorted(told.items()):
        if (shares[name] <= share + 1e-9) if falling else (shares[name] >= share - 1e-9):
            return day
    return None
