"""How soon somebody reached out to each lead, as the company knows it, worked out a second time.

Outreach is a call, an e-mail or a meeting that took place, with any record of the same person. Working hours are those of
`company.yml`, of Monday to Friday without the company's holidays.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo import ids
from demo.activities import CALL, EMAIL
from demo.clock import DAY, HOUR, Ints
from demo.company import Life
from demo.folders import HOLIDAYS
from demo.frame import View, current
from demo.objects_marketing import EVENT, TASK

ZONE = "Europe/Berlin"
OPENS, CLOSES = 8 * HOUR, 18 * HOUR
_BITS = 31

Responses = dict[str, tuple[int, int] | None]
"""Lead id -> (moment of the first outreach, working seconds until then); None: nobody has reached out."""


def responses(life: Life, clock: int) -> Responses:
    """Every live lead that was created by then."""
    v = life.leads.versions
    now = current(v.since, v.until, clock)
    lead = v.record[now[v.state["deleted"][now] == 0]]
    created = life.leads.created[lead]
    person, at = _outreach(life, clock)
    order = np.lexsort((at, person))
    keys = (person[order] << _BITS) | at[order]
    found = np.searchsorted(keys, (life.leads.person[lead] << _BITS) | created)
    inside = np.minimum(found, len(keys) - 1)
    answered = (found < len(keys)) & (person[order][inside] == life.leads.person[lead])
    first = at[order][inside]
    waited = _working_seconds(first) - _working_seconds(created)
    names = ids.column("Lead", lead).to_pylist()
    told = zip(names, answered.tolist(), first.tolist(), waited.tolist(), strict=True)
    return {name: (moment, seconds) if known else None for name, known, moment, seconds in told}


def _outreach(life: Life, clock: int) -> tuple[Ints, Ints]:
    """(person, moment) of everything that counts."""
    view = View(life, clock)
    person, at = [], []
    for kind, activities in ((TASK, life.tasks), (EVENT, life.meetings)):
        rows = kind.rows(view)
        assert kind.deleted
        rows = rows[~kind.deleted(view, rows)]
        if kind is TASK:
            reached = np.isin(activities.kind[rows], (CALL, EMAIL)) & (activities.done[rows] <= clock)
            rows = rows[reached]
            moment = _logged(activities.created[rows], activities.at[rows] // DAY)
        else:
            moment = activities.at[rows]
        deal, lead = activities.deal[rows], activities.lead[rows]
        contact = life.links.contact[np.maximum(deal, 0)]
        who = np.where(deal >= 0, life.contacts.person[contact], life.leads.person[np.maximum(lead, 0)])
        person.append(who[moment <= clock])
        at.append(moment[moment <= clock])
    return np.concatenate(person), np.concatenate(at)


def _logged(created: Ints, day: Ints) -> Ints:
    """A task has a day and no time: when it was written down, if that was the day; else when the day's work was over."""
    local_day, second = _local(created)
    offset = local_day * DAY + second - created
    return np.where(local_day == day, created, day * DAY + CLOSES - offset)


def _local(seconds: Ints) -> tuple[Ints, Ints]:
    """Day and second of the day by the clock on the company's wall."""
    moments = pa.array(seconds.astype("datetime64[s]")).cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("s", ZONE))
    local = pc.local_timestamp(moments).to_numpy().astype(np.int64)
    return local // DAY, local % DAY


def _working_seconds(moments: Ints) -> Ints:
    """Working seconds since 1970."""
    day, second = _local(moments)
    dates = day.astype("datetime64[D]")
    off = np.array([date for date, _ in HOLIDAYS], dtype="datetime64[D]")
    whole = np.busday_count(np.datetime64("1970-01-01"), dates, holidays=off)
    today = np.where(np.is_busday(dates, holidays=off), np.clip(second, OPENS, CLOSES) - OPENS, 0)
    worked: Ints = whole * (CLOSES - OPENS) + today
    return worked
