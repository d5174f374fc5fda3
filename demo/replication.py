"""The delete log: which records were deleted in a span of time, for 15 days, those that skipped the recycle bin too."""

import numpy as np
from fastapi.responses import Response

from demo.answers import answer, failure
from demo.clock import DAY, Ints, as_time, moment
from demo.frame import ObjectType, View
from demo.render import stamp_text

KEPT = 15 * DAY


def deleted(view: View, o: ObjectType, start: str, end: str) -> Response:
    """Ids deleted in [start, end], seconds ignored, as `/sobjects/X/deleted` tells them."""
    try:
        begin, finish = (moment(text.replace(" ", "+")) // 60 * 60 for text in (start, end))
    except ValueError:
        return failure(400, "INVALID_QUERY_FILTER_OPERATOR", "start and end must be dateTime values")
    if not o.replicated:
        return failure(400, "INVALID_TYPE", f"{o.name} is not replicateable")
    if begin < view.clock - KEPT:
        return failure(400, "INVALID_REPLICATION_DATE", "startDate must be within 15 days of the current date")
    if finish - begin <= 60:
        return failure(400, "INVALID_REPLICATION_DATE", "startDate must precede endDate by more than one minute")
    rows, at = _log(view, o)
    inside = (at >= begin) & (at < finish)
    keys = o.fields["Id"].make(view, rows[inside]).to_pylist()
    stamps = [stamp_text(as_time(int(value))) for value in at[inside]]
    return answer(
        {
            "deletedRecords": [{"id": key, "deletedDate": stamp} for key, stamp in zip(keys, stamps, strict=True)],
            "earliestDateAvailable": stamp_text(as_time(view.clock - KEPT)),
            "latestDateCovered": stamp_text(as_time(min(finish, view.clock))),
        }
    )


def _log(view: View, o: ObjectType) -> tuple[Ints, Ints]:
    """Rows that are deleted, and when each was."""
    if o.deleted is None or o.deleted_at is None:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    rows = o.rows(view)
    rows = rows[o.deleted(view, rows)]
    if o.erased is not None:
        rows = np.concatenate([rows, o.erased(view)])
    return rows, o.deleted_at(view, rows)
