"""What became of deals in their stages, deal by deal and slowly: what pipeline_stage_performance is held against."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

Row = Mapping[str, Any]

STAGES = ("lead_generation", "qualification", "needs_analysis", "proposal_and_negotiation", "closing")
WON = 6


@dataclass(frozen=True)
class Visit:
    """One visit of a deal to a stage while open, or (days None) a stage it jumped over."""

    deal: str
    stage: str
    day: date
    days: int | None
    exit_kind: str | None
    is_first: bool
    is_converted: bool


def visits(stays: Iterable[Row], as_of: date) -> Iterator[Visit]:
    """Every visit of every deal, from its stays by source stage in their order."""
    by_deal: dict[str, list[Row]] = defaultdict(list)
    for stay in stays:
        by_deal[stay["opportunity_key"]].append(stay)
    for deal, rows in by_deal.items():
        rows.sort(key=lambda row: int(row["stay_number"]))
        path = [next(group) for _, group in groupby(rows, key=lambda row: (row["stage"], row["outcome"]))]
        yield from _of_deal(deal, path, as_of)


def _place(stay: Row) -> int | None:
    if stay["outcome"] == "open":
        return None if stay["stage_order"] is None else int(stay["stage_order"])
    return WON if stay["outcome"] == "won" else None


def _of_deal(deal: str, path: list[Row], as_of: date) -> Iterator[Visit]:
    reached = [place for stay in path if (place := _place(stay)) is not None]
    entered = {stay["stage"] for stay in path if stay["outcome"] == "open"}
    seen: set[str] = set()
    furthest: int | None = None
    for position, stay in enumerate(path):
        place = _place(stay)
        if furthest is not None and place is not None:
            for between in range(furthest + 1, min(place, WON)):
                if STAGES[between - 1] not in entered:
                    yield Visit(deal, STAGES[between - 1], stay["entered_date"], None, None, False, True)
        if stay["outcome"] == "open":
            after = path[position + 1] if position + 1 < len(path) else None
            left = after["entered_date"] if after else as_of
            converted = WON in reached or (place is not None and max(reached) > place)
            days = max((left - stay["entered_date"]).days, 0)
            first = stay["stage"] not in seen
            seen.add(stay["stage"])
            yield Visit(deal, stay["stage"], stay["entered_date"], days, _exit(place, after), first, converted)
        if place is not None:
            furthest = place if furthest is None else max(furthest, place)


def _exit(place: int | None, after: Row | None) -> str | None:
    if after is None:
        return None
    if after["outcome"] == "lost":
        return "lost"
    target = _place(after)
    if after["outcome"] == "won" or (place is not None and target is not None and target > place):
        return "advanced"
    return "back" if place is not None and target is not None and target < place else "other"
