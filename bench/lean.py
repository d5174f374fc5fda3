"""A lean demo company: its deals with three history rows each and what deals need, without the masses of marketing.

Kept: users, accounts, products, opportunities, their history (first, one between, the one that stands), field changes
between these, lines, splits, files. Of contacts, leads, campaign members, tasks and meetings a handful remains, so that every
object and every model is there.
"""

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from demo import state, store
from demo.clock import FAR, START, START_DAY, Bools
from demo.company import FieldRows, Life, Links, generate
from demo.history import Changes, field_rows
from demo.versions import Versions

_SEED = 42
_FEW = 100
_MOST_DAYS = 14
_STALE_DAYS = 60


@dataclass(frozen=True)
class Built:
    """A lean company on disk.

    Args:
        rows: per part of its life, how many rows it holds in all its time.
        history_rows: rows of OpportunityHistory a deal at the start, on average.
    """

    deals: int
    rows: dict[str, int]
    history_rows: float


def build(folder: Path, deals: int) -> Built:
    """Draw and write the company; `python -m demo serve --state FOLDER` serves it."""
    life = thinned(generate(deals, _SEED))
    folder.mkdir(parents=True, exist_ok=True)
    store.save(life, folder / "life")
    state._write_private(folder / "credentials.json", json.dumps(state.new_credentials()))  # noqa: SLF001 - as `demo build` does
    state.write(state.State(folder, deals, _SEED, START))
    sizes = {part: len(next(iter(vars(getattr(life, part)).values()))) for part in ("deals", "changes", "lines")}
    seen = life.changes.since <= START
    deals_seen = int((life.deals.created <= START).sum())
    return Built(deals_seen, sizes, float((life.changes.tracked & seen).sum()) / deals_seen)


def minutes_for(folder: Path, share: float) -> int:
    """How long it takes from the clock until that share of the deals has changed or come."""
    now = state.open_state(folder)
    changes = now.life().changes
    wanted = share * len(np.unique(changes.deal[changes.since <= now.clock]))
    later = (changes.since > now.clock) & (changes.since <= now.clock + _MOST_DAYS * 86_400)
    _, first = np.unique(changes.deal[later], return_index=True)
    moments = np.sort(changes.since[later][first])
    return int(moments[min(round(wanted), len(moments) - 1)] - now.clock) // 60 + 1


def thinned(life: Life) -> Life:
    """The life with three versions a deal so far and a handful of everything that is not a deal's."""
    changes = _three(life.changes)
    n = len(life.deals)
    none = np.full(n, -1, dtype=np.int64)
    return replace(
        life,
        changes=changes,
        field_rows=FieldRows(*field_rows(changes)),
        links=Links(life.links.account, life.links.account % _FEW, none),
        contacts=_first(life.contacts),
        leads=replace(_first(life.leads), deal=none[:_FEW], versions=_versions(life.leads.versions)),
        touches=_where(life.touches, (life.touches.lead >= 0) & (life.touches.lead < _FEW)),
        tasks=_first(life.tasks),
        meetings=_first(life.meetings),
    )


def _three(c: Changes) -> Changes:
    """The first version of every deal, one between, the one that stands at the start; and all that is still to come.

    Every fourth deal keeps one more, since versions that change no tracked field leave no row.
    """
    before = np.flatnonzero(c.since <= START)
    starts = before[np.diff(c.deal[before], prepend=-1) != 0]
    ends = before[np.diff(c.deal[before], append=-1) != 0]
    middle = starts + (ends - starts + 1) // 2
    later = np.flatnonzero(c.since > START)
    rows = np.unique(np.concatenate([starts, middle, (starts + (ends - starts) // 3)[::4], ends, later]))
    kept = {part.name: getattr(c, part.name)[rows] for part in fields(c)}
    born = np.diff(kept["deal"], prepend=-1) != 0
    kept["previous"] = np.where(born, -1, np.arange(len(rows)) - 1)
    kept["until"] = np.where(np.append(born[1:], True), FAR, np.append(kept["since"][1:], FAR))
    # No open deal stands with a close date of a year whose plan rate is not today's.
    kept["close"] = np.where(kept["until"] > START, np.maximum(kept["close"], START_DAY - _STALE_DAYS), kept["close"])
    tracked = born.copy()
    for name in ("stage", "amount", "close", "forecast", "probability"):
        tracked |= np.diff(kept[name], prepend=-(1 << 60)) != 0
    return Changes(**(kept | {"tracked": tracked}))


def _first(part: Any) -> Any:
    """The same part with its first rows only."""
    found = {name: value[:_FEW] for name, value in vars(part).items() if isinstance(value, np.ndarray)}
    return replace(part, **found)


def _where(part: Any, mask: Bools) -> Any:
    rows = np.flatnonzero(mask)
    return replace(part, **{name: value[rows] for name, value in vars(part).items()})


def _versions(found: Versions) -> Versions:
    rows = np.flatnonzero(found.record < _FEW)
    kept = {name: values[rows] for name, values in found.state.items()}
    return Versions(found.record[rows], found.since[rows], found.until[rows], kept)
