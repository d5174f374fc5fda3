"""Runs after this publication that did not publish: the page stays the last good one and says so."""

import sqlalchemy as sa

from report import runs
from report.context import Context
from report.data import Reporting
from report.words import moment


def read(reporting: Reporting, context: Context) -> str | None:
    """What stopped after this publication, None when nothing did."""
    table = reporting.table("load_runs")
    later = reporting.one(
        sa.select(table.c.run_id)
        .where(table.c.run_id > context.run_id, table.c.state == "failed")
        .order_by(table.c.run_id.desc())
    )
    if later is None or context.published_at is None:
        return None
    run = runs.last(reporting, later[0])[-1]
    where = f" at {run.stopped_at}" if run.stopped_at else ""
    return f"Run {run.label} stopped{where}; this page stays that of the publication of {moment(context.published_at)}."
