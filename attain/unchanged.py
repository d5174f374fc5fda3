"""Whether a run would build exactly what stands published: then its stages and its publication have nothing to do."""

import sqlalchemy as sa

from attain import ops
from attain.runs import Run

_COMPANY = sa.table("company", sa.column("time_zone"), schema="core")


def since(connection: sa.Connection, run: Run) -> int | None:
    """The last published run, when nothing that models look at has changed since; None when they must be built.

    Models see rows, settings, their own code and the day of `as_of` in the company's time zone. So: no row came,
    changed, went or was set aside; nothing is rebuilt; no run in between may have left something half built; and it is
    still the same day.
    """
    runs, loads = ops.runs, ops.loads
    if run.full_refresh or run.as_of is None:
        return None
    before = sa.select(runs).where(runs.c.run_id < run.run_id).order_by(runs.c.run_id.desc()).limit(1)
    last = connection.execute(before).one_or_none()
    if last is None or last.published_at is None:
        return None
    moved = sum((loads.c[f"rows_{what}"] for what in ("inserted", "updated", "deleted", "rejected")), sa.literal(0))
    news = sa.exists().where(loads.c.committed_at.is_not(None), loads.c.published_run_id.is_(None), moved > 0)
    if connection.scalar(sa.select(news)) or not sa.inspect(connection).has_table("company", schema="core"):
        return None
    now, then = (
        sa.cast(sa.func.timezone(_COMPANY.c.time_zone, sa.literal(at, sa.DateTime(timezone=True))), sa.Date)
        for at in (run.as_of, last.as_of)
    )
    same_day = connection.scalar(sa.select(now == then).select_from(_COMPANY))
    return int(last.run_id) if same_day else None
