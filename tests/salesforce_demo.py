"""The demo company as a process of its own, and where raw is not what it says of itself."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from attain.postgres import engine, transaction
from attain.settings import Database
from demo import state as states
from demo.running import INTEGRATION_USER
from extract.salesforce.auth import SalesforceSettings
from extract.salesforce.objects import OBJECTS


@dataclass(frozen=True)
class Demo:
    """The demo company as a process of its own."""

    url: str
    client_id: str
    secret: str
    folder: Path

    def settings(self, page_rows: int = 50_000) -> SalesforceSettings:
        return SalesforceSettings(self.url, self.client_id, self.secret, page_rows=page_rows)

    def settings_by_key(self, page_rows: int = 50_000) -> SalesforceSettings:
        """The other login: a JWT, signed with the app's key."""
        state = states.open_state(self.folder)
        assert state.key
        return SalesforceSettings(
            self.url, self.client_id, page_rows=page_rows, username=INTEGRATION_USER,
            private_key=(self.folder / states.KEY).read_text(),
        )  # fmt: skip

    def advance(self, by: str) -> None:
        self._post("/_demo/advance", {"by": by})

    def fault(self, **wish: Any) -> None:
        self._post("/_demo/faults", wish)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        httpx.post(self.url + path, json=body, timeout=60).raise_for_status()

    def page_rows(self, rows: int) -> None:
        """How many rows a page of results has where the client does not say."""
        self._post("/_demo/page_rows", {"rows": rows})

    def spend(self, requests: int = 0, jobs: int = 0) -> None:
        """What others use of the day's allowance."""
        self._post("/_demo/spend", {"requests": requests, "jobs": jobs})

    def unstruck(self) -> list[str]:
        """Paths of faults that have not struck."""
        waiting: list[str] = httpx.get(f"{self.url}/_demo/faults", timeout=60).json()["waiting"]
        return waiting

    def jobs_left(self) -> int:
        """Query jobs that may still be made in these 24 hours."""
        with self.session() as rest:
            return int(rest.get("/services/data/v68.0/limits").json()["DailyBulkV2QueryJobs"]["Remaining"])

    @contextmanager
    def session(self) -> Iterator[httpx.Client]:
        """A client of its own, independent of what is tested."""
        login = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret}
        token = httpx.post(f"{self.url}/services/oauth2/token", data=login).json()["access_token"]
        with httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as rest:
            yield rest

    def rows(self, name: str, fields: list[str]) -> Iterator[dict[str, Any]]:
        """Every row that queryAll knows, deleted ones too, by REST, independent of what is tested."""
        with self.session() as rest:
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
        with self.session() as rest:
            answer = rest.get(f"/services/data/v68.0/sobjects/{name}/describe")
        return {field["name"]: field["type"] for field in answer.raise_for_status().json()["fields"]}


@contextmanager
def serving(folder: Path, scale: int = 150, seed: int = 42) -> Iterator[Demo]:
    """A small company on a free port."""
    state = folder / "demo"
    command = [sys.executable, "-m", "demo", "serve", "--state", str(state), "--scale", str(scale), "--seed", str(seed)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        login = json.loads((state / "credentials.json").read_text())
        yield Demo(told["url"], login["client_id"], login["client_secret"], state)
    finally:
        server.terminate()
        server.communicate(timeout=60)


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
        # What was purged after its days in the recycle bin stays marked as it was there.
        gone = [key for key in rows.keys() - ids if not rows[key].get("is_deleted")]
        found += [f"{name} {key} is not in the company" for key in gone]
    return found
