"""Validation as the database sees it: its sessions end with it."""

from attain.runs import Run
from attain.settings import Database
from attain.table import TEXT, Column, Table
from expectations.run import validate
from extract.land import land
from tests.landing import batch, page
from tests.marts import fetch, next_run

THINGS = Table("files__things", (Column("thing_id", TEXT, required=True),), ("thing_id",))


def test_validation_leaves_no_session_behind(database: Database) -> None:
    """A run goes on for long after a check; a session kept open would hold the database all the while."""
    run: Run = next_run(database)
    land(database, run, "files", batch(THINGS, [page(THINGS, [{"thing_id": "1"}])]))
    assert validate(database, run, "raw", [THINGS]).passed > 0
    sessions = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    assert fetch(database, sessions) == [(0,)]
