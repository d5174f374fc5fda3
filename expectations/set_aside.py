"""Rows that staging sets aside (their header is missing), kept in `ops.quarantine`, returned when staging lets them in."""

import sqlalchemy as sa

from attain import ops
from expectations.checks import Shapes

_STAGE = "staging"
_SAID = ("table_name", "account", "row_key", "column_name", "value", "rule")


def sync(connection: sa.Connection, shapes: Shapes, run_id: int) -> tuple[int, int]:
    """Bring `ops.quarantine` up to date with `staging.quarantine_rows`.

    Returns:
        How many rows were newly set aside, and how many returned.
    """
    rows = shapes.table("staging", "quarantine_rows", *_SAID)
    if rows is None:
        return 0, 0
    kept = ops.quarantine
    waiting = sa.and_(kept.c.stage == _STAGE, kept.c.resolved_at.is_(None))
    same = sa.and_(*(kept.c[name] == rows.c[name] for name in ("table_name", "account", "row_key", "rule")))
    returned = kept.update().where(waiting, ~sa.exists().where(same))
    resolved = {"resolved_at": sa.func.now(), "resolution": "returned", "resolved_run_id": run_id}
    came_back = connection.execute(returned.values(resolved)).rowcount
    load_id = rows.c["_load_id"] if "_load_id" in rows.c else sa.null()
    new = sa.select(
        sa.literal(_STAGE), sa.literal(run_id), sa.cast(load_id, sa.BigInteger), *(rows.c[name] for name in _SAID)
    ).where(~sa.exists().where(waiting, same).correlate(rows))
    insert = kept.insert().from_select(["stage", "run_id", "load_id", *_SAID], new)
    return connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount, came_back
