"""The whole demo company through Bulk API 2.0 into raw, compared with what its REST API says of itself, row by row."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from attain.postgres import engine, transaction
from attain.runs import Run
from attain.settings import Database
from attain.table import REFERENCE_SUFFIX
from extract.land import Landed, cursors, extract, land
from extract.salesforce.auth import SalesforceSettings
from extract.salesforce.objects import OBJECTS
from extract.salesforce.source import SOURCE
from extract.source import Batch
from tests.salesforce_demo import Demo, differences, serving

ACCOUNT = "salesforce"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A small company of 150 deals, whose pages of results are small too."""
    with serving(tmp_path) as made:
        made.page_rows(200)
        yield made


def take(database: Database, run: Run, settings: SalesforceSettings) -> list[Landed]:
    return extract(database, run, SOURCE, settings, ACCOUNT)


def test_raw_is_what_the_company_says_of_itself(demo: Demo, database: Database, run: Run) -> None:
    """Every object, row and field, custom ones too; after ten days have passed again, from what changed alone."""
    first = take(database, run, demo.settings())
    assert differences(demo, database) == []
    demo.advance("10d")
    second = take(database, run, demo.settings())
    assert differences(demo, database) == []
    assert 0 < sum(one.inserted + one.updated for one in second) < sum(one.inserted for one in first) / 4
    again = take(database, run, demo.settings())
    assert sum(one.inserted + one.updated + one.deleted for one in again) == 0


def test_faults_of_every_kind_lose_nothing(demo: Demo, database: Database, run: Run) -> None:
    """Sessions that end, limits, failing servers, cut pages: the same rows in the end."""
    demo.fault(kind="status", path="jobs/query$", status=429, code="REQUEST_LIMIT", retry_after=0, times=2)
    demo.fault(
        kind="status", path="results", status=503, code="SERVER_UNAVAILABLE", message="busy", retry_after=0, skip=3
    )
    demo.fault(kind="cut", path="results", bytes=100, skip=5)
    demo.fault(kind="cut", path="results", bytes=100, clean=True, skip=8)
    demo.fault(kind="expire", path="results", skip=12)
    demo.fault(kind="status", path="describe", status=500, code="UNKNOWN_EXCEPTION", message="", retry_after=0, skip=4)
    take(database, run, demo.settings(page_rows=200))
    assert differences(demo, database) == []


def test_what_bulk_refuses_is_read_by_rest_with_the_same_result(demo: Demo, database: Database, run: Run) -> None:
    """Deals refused by bulk land page by page by REST; stopped in the middle, the next run goes on after the last row."""
    refusal = {"kind": "status", "path": "jobs/query$", "status": 400, "code": "INVALIDENTITY"}
    demo.fault(**refusal, skip=list(OBJECTS).index("Opportunity"))
    stopped = SOURCE.batches(demo.settings(page_rows=50), ACCOUNT, cursors(database, "salesforce", ACCOUNT))
    with closing(stopped):
        for found in stopped:
            if isinstance(found, Batch):
                land(database, run, "salesforce", found)
                if found.part.startswith("REST page 2 ") and found.table.name == "salesforce__opportunity":
                    break
    demo.fault(**refusal, skip=list(OBJECTS).index("Opportunity"))
    landed = take(database, run, demo.settings(page_rows=50))
    deals = [one for one in landed if one.table == "salesforce__opportunity"]
    assert deals[0].part.startswith("REST page 3 ")
    assert demo.unstruck() == []
    assert differences(demo, database) == []
    assert any(one.part.startswith("REST") for one in landed if one.table == "salesforce__task_status")


_KILLED = """
import sys
from attain.settings import Database, Login
from attain import runs
from extract.land import extract
from extract.salesforce.source import SOURCE
from extract.salesforce.auth import SalesforceSettings
told = eval(sys.stdin.read())
database = Database(told["host"], told["port"], told["name"], {r: Login(*l) for r, l in told["logins"].items()})
settings = SalesforceSettings(*told["org"], page_rows=200)
extract(database, runs.load(database, told["run"]), SOURCE, settings, "salesforce", lambda t: print(t, flush=True))
"""


@pytest.mark.parametrize("landings", [9])
def test_kill_9_in_the_middle_loses_no_page_and_repeats_none(
    demo: Demo, database: Database, run: Run, landings: int
) -> None:
    """Killed after some pages, the next run goes on at the page to come; no page that landed is asked for again."""
    logins = {role: (login.user, login.password) for role, login in database.logins.items()}
    told = {"host": database.host, "port": database.port, "name": database.name, "logins": logins, "run": run.run_id}
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(repr({**told, "org": (demo.url, demo.client_id, demo.secret)}))
    process.stdin.close()
    lines = [process.stdout.readline() for _ in range(landings)]
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    process.stdout.close()
    assert all(lines)
    take(database, run, demo.settings(page_rows=200))
    assert differences(demo, database) == []
    with transaction(engine(database, "loader")) as connection:
        pages = "select part from ops.loads where committed_at is not null and part like '% page %'"
        landed = list(connection.scalars(sa.text(pages)))
    assert len(landed) == len(set(landed))


def test_no_raw_table_has_references() -> None:
    """Salesforce's ids all belong to its own account, so no column has a twin."""
    assert not any(name.endswith(REFERENCE_SUFFIX) for table in OBJECTS.values() for name in table.schema.names)
