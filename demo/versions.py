"""Versions of anything that changes: from each record's first state and its later changes, bounded in time."""

from dataclasses import dataclass

import numpy as np

from demo.clock import FAR, HORIZON, Ints


@dataclass
class Versions:
    """Rows ordered by record and moment; `[since, until)` is when the row holds; `state` has one array a field."""

    record: Ints
    since: Ints
    until: Ints
    state: dict[str, Ints]


Change = tuple[str, Ints, Ints, Ints]
"""(field, record, moment, value)"""


def versions(created: Ints, first: dict[str, Ints], later: list[Change]) -> Versions:
    """Fold changes over the first states; changes before the creation or past the horizon do not happen."""
    n = len(created)
    names = list(first)
    record = np.concatenate([np.arange(n), *(part[1] for part in later)])
    at = np.concatenate([created, *(part[2] for part in later)])
    field = np.concatenate([np.full(n, -1), *(np.full(len(p[1]), names.index(p[0])) for p in later)])
    value = np.concatenate([np.zeros(n, np.int64), *(part[3].astype(np.int64) for part in later)])
    keep = (field < 0) | ((at > created[record]) & (at < HORIZON))
    record, at, field, value = record[keep], at[keep], field[keep], value[keep]
    order = np.lexsort((field, at, record))
    record, at, field, value = record[order], at[order], field[order], value[order]
    born = np.diff(record, prepend=-1) != 0
    starts = np.flatnonzero(born)
    begin = np.repeat(starts, np.diff(np.append(starts, len(record))))
    last = np.flatnonzero((np.diff(record, append=-1) != 0) | (np.diff(at, append=-1) != 0))
    state = {}
    for code, name in enumerate(names):
        spot = np.maximum.accumulate(np.where(field == code, np.arange(len(field)), -1))[last]
        known = spot >= begin[last]
        state[name] = np.where(known, value[spot], first[name][record[last]].astype(np.int64))
    record, at = record[last], at[last]
    ends = np.append(np.diff(record) != 0, True)
    until = np.where(ends, FAR, np.append(at[1:], FAR))
    return Versions(record, at, until, state)
