"""Landing that is cut, killed or left behind: no row of the batch stands, and the next one lands it whole."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from attain import postgres
from attain.errors import DatabaseError
from attain.runs import Run
from attain.settings import Database
from extract.land import land, sweep
from extract.source import Page
from tests.databases import TestServer
from tests.landing import DEALS, batch, deal, page, rows

STAGED = "select tablename::text from pg_tables where schemaname = 'raw' and tablename ~ '^_load_'"
LANDED = "select count(*) from ops.loads where committed_at is not null"


def cut(server: TestServer, database: Database, query: str) -> None:
    """End the sessions of this database whose statement looks like that, as a restart or a cut wire would."""
    end = sa.text(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = :name and query ilike :q"
    )
    with postgres.transaction(postgres.engine_of(server.url(), "attain tests")) as connection:
        assert connection.scalar(end, {"name": database.name, "q": query})


def test_wire_cut_in_the_middle_of_copy_lands_nothing(server: TestServer, database: Database, run: Run) -> None:
    """The batch fails with a message, leaves no row and no table, and lands when it is tried again."""

    def pages(cutting: bool) -> Iterator[Page]:
        for number in range(40):
            if cutting and number == 20:
                cut(server, database, "copy %")
            yield page(DEALS, [deal(n) for n in range(number * 1000, number * 1000 + 1000)])

    with pytest.raises(DatabaseError, match=r"COPY of deals.csv failed .* Nothing of it landed"):
        land(database, run, "files", batch(DEALS, pages(cutting=True)))
    assert rows(database, LANDED) == [(0,)]
    assert rows(database, STAGED) == []
    assert rows(database, "select to_regclass('raw.files__test_deals')") == [(None,)]
    assert land(database, run, "files", batch(DEALS, pages(cutting=False))).inserted == 40_000


def test_wire_cut_in_the_merge_lands_nothing(server: TestServer, database: Database, run: Run) -> None:
    """The one transaction is whole or not there; the error names what to do and shows no row."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1)])]))
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        slow = "create function raw.slow() returns trigger language plpgsql as 'begin perform pg_sleep(30); return new; end'"
        connection.execute(sa.text(slow))
        connection.execute(
            sa.text(
                "create trigger slow before update on raw.files__test_deals for each row execute function raw.slow()"
            )
        )
    cutter = subprocess.Popen(
        [sys.executable, "-c", _CUT_LATER, server.url().render_as_string(hide_password=False), database.name]
    )
    with pytest.raises(DatabaseError) as told:
        land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1, "777", day=2)])]))
    assert cutter.wait() == 0
    assert "777" not in str(told.value)
    assert rows(database, LANDED) == [(1,)]
    assert rows(database, "select amount from raw.files__test_deals") == [(100,)]
    assert rows(database, "select count(*) from raw.files__test_deals__versions") == [(0,)]


_CUT_LATER = textwrap.dedent(
    """
    import sys, time, sqlalchemy as sa
    engine = sa.create_engine(sys.argv[1], isolation_level="AUTOCOMMIT")
    end = sa.text("select count(pg_terminate_backend(pid)) from pg_stat_activity "
                  "where datname = :name and wait_event = 'PgSleep'")
    with engine.connect() as connection:
        for _ in range(300):
            if connection.scalar(end, {"name": sys.argv[2]}):
                sys.exit(0)
            time.sleep(0.1)
    sys.exit(1)
    """
)


@pytest.mark.parametrize("moment", ["between pages", "before the merge"])
def test_killed_landing_leaves_nothing_that_counts(database: Database, run: Run, tmp_path: Path, moment: str) -> None:
    """After kill -9 the staging table may stand; the next extraction sweeps it and lands the batch."""
    land(database, run, "files", batch(DEALS, [page(DEALS, [deal(1)])]))
    script = tmp_path / "killed.py"
    script.write_text(_KILLED)
    killed = subprocess.run(
        [sys.executable, str(script), moment, *_described(database, run)], cwd=Path.cwd(), env=_here(), check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert rows(database, LANDED) == [(1,)]
    assert rows(database, "select count(*) from raw.files__test_deals") == [(1,)]
    assert len(rows(database, STAGED)) == 1
    sweep(database, run, "files")
    assert rows(database, STAGED) == []
    assert land(database, run, "files", batch(DEALS, [page(DEALS, [deal(n) for n in range(5)])])).inserted == 4


def test_sweep_leaves_tables_that_may_be_at_work(database: Database, run: Run) -> None:
    """Sources of one run extract side by side: only one's own leftovers and those of other runs are swept."""
    loader = postgres.engine(database, "loader")
    with postgres.transaction(loader) as connection:
        connection.execute(
            sa.text(
                "insert into ops.loads (run_id, source, account, table_name, part, mode) select :run, source, 'a', 't', 'p', "
                "'upsert' from unnest(array['files', 'crm']) source"
            ),
            {"run": run.run_id},
        )
        connection.execute(sa.text("create unlogged table raw._load_1 (); create unlogged table raw._load_2 ()"))
    assert sweep(database, run, "files") == ("_load_1",)
    assert sweep(database, run, "crm") == ("_load_2",)


def _described(database: Database, run: Run) -> list[str]:
    login = database.logins["loader"]
    return [
        database.host,
        str(database.port),
        database.name,
        login.user,
        login.password,
        str(run.run_id),
        str(run.token),
    ]


def _here() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path.cwd())}


_KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from attain.runs import Run
    from attain.settings import Database, Login
    from extract import land as landing
    from tests.landing import DEALS, batch, deal, page

    moment, host, port, name, user, password, run_id, token = sys.argv[1:]
    database = Database(host, int(port), name, {"loader": Login(user, password)})
    run = Run(int(run_id), "", int(token), None, True)

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    def pages():
        yield page(DEALS, [deal(n) for n in range(2000)])
        if moment == "between pages":
            die()

    if moment == "before the merge":
        landing._settle = die
    landing.land(database, run, "files", batch(DEALS, pages()))
    """
)
