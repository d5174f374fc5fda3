"""The whole demo company through Bulk API 2.0 into raw, compared with what its REST API says of itself, row by row."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from attain.postgres import engine, transaction
from attain.runs import Run
from attain.settings import Database
from attain.table import REFERENCE_SUFFIX
from extract.land import Landed, extract
from extract.salesforce.auth import SalesforceSettings
from extract.salesforce.objects import OBJECTS
from extract.salesforce.source import SOURCE

ACCOUNT = "salesforce"


@dataclass(frozen=True)
class Demo:
    """The demo company as a process of its own."""

    url: str
    client_id: str
    secret: str

    def settings(self, page_rows: int = 50_000) -> SalesforceSettings:
        return SalesforceSettings(self.url, self.client_id, self.secret, page_rows=page_rows)

    def advance(self, by: str) -> None:
        self._post("/_demo/advance", {"by": by})

    def fault(self, **wish: Any) -> None:
        self._post("/_demo/faults", wish)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        httpx.post(self.url + path, json=body, timeout=60).raise_for_status()

    def rows(self, name: str, fields: list[str]) -> Iterator[dict[str, Any]]:
        """Every row that queryAll knows, deleted ones too, by REST, independent of what is tested."""
        login = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret}
        token = httpx.post(f"{self.url}/services/oauth2/token", data=login).json()["access_token"]
        with httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as rest:
            query = f"SELECT {', '.join(fields)} FROM {name}"
            answer = rest.get("/services/data/v68.0/queryAll", params={"q": query})
            while True:
                page = json.loads(answer.raise_for_status().content, parse_float=Decimal, parse_int=Decimal)
                yield from page["records"]
                if page["done"]:
                    return
                answer = rest.get(page["nextRecordsUrl"])

    def described(self, name: str) -> dict[str, str]:
        """Field -> type."""
        login = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret}
        token = httpx.post(f"{self.url}/services/oauth2/token", data=login).json()["access_token"]
        answer = httpx.get(
            f"{self.url}/services/data/v68.0/sobjects/{name}/describe", headers={"Authorization": f"Bearer {token}"}
        )
        return {field["name"]: field["type"] for field in answer.raise_for_status().json()["fields"]}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A small company of 150 deals, on a free port."""
    state = tmp_path / "demo"
    command = [sys.executable, "-m", "demo", "serve", "--state", str(state), "--scale", "150"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        login = json.loads((state / "credentials.json").read_text())
        yield Demo(told["url"], login["client_id"], login["client_secret"])
    finally:
        server.terminate()
        server.communicate(timeout=20)


def take(database: Database, run: Run, settings: SalesforceSettings) -> list[Landed]:
    return extract(database, run, SOURCE, settings, ACCOUNT)


def held(database: Database, table: str) -> dict[str, dict[str, Any]]:
    """The rows of a raw table that are not marked as gone, by id."""
    with transaction(engine(database, "loader")) as connection:
        found = connection.execute(sa.text(f"select * from raw.{table} where _deleted_at is null")).mappings()
        return {row["id"]: dict(row) for row in found}


def as_held(value: Any, like: Any) -> Any:
    """What REST says, as raw holds it."""
    if isinstance(value, str):
        value = value.replace("\0", "")
        if isinstance(like, datetime):
            return datetime.fromisoformat(value)
        if isinstance(like, date):
            return date.fromisoformat(value)
    return value or None if isinstance(value, str) else value


def differences(demo: Demo, database: Database) -> list[str]:
    """Where raw is not what the company says of itself: object, id, field."""
    found = []
    for name, table in OBJECTS.items():
        described = demo.described(name)
        fields = [c.aliases[0] for c in table.columns if c.aliases[0] in described]
        custom = [f for f in described if f.endswith("__c") and f not in fields and described[f] != "location"]
        rows = held(database, table.name)
        ids = set()
        for said in demo.rows(name, [*fields, *custom]):
            ids.add(said["Id"])
            row = rows.get(said["Id"])
            if row is None:
                found.append(f"{name} {said['Id']} is missing")
                continue
            columns = {c.aliases[0]: c.name for c in table.columns} | {f: f.lower() for f in custom}
            found += [
                f"{name} {said['Id']} {field}: {said[field]!r} is {row[columns[field]]!r}"
                for field in (*fields, *custom)
                if as_held(said[field], row[columns[field]]) != row[columns[field]]
            ]
        found += [f"{name} {gone} is not in the company" for gone in rows.keys() - ids]
    return found


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
