"""A demo company of one's own, served live on a free port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from demo import state as states
from demo.folders import write_folders
from demo.running import Running
from demo.serve import listening, server

DATA = "/services/data/v68.0"


@dataclass(frozen=True)
class Served:
    """A running company: its folder, address and credentials."""

    folder: Path
    url: str
    credentials: dict[str, str]

    def login(self, **form: str) -> httpx.Response:
        wish = {"grant_type": "client_credentials", **self.credentials} | form
        return httpx.post(f"{self.url}/services/oauth2/token", data=wish)

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """A logged-in client."""
        token = self.login().json()["access_token"]
        with httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
            yield client


@contextmanager
def serving(folder: Path, deals: int = 300, seed: int = 7) -> Iterator[Served]:
    """Build a small company and serve it until the block ends."""
    state = states.build(folder, str(deals), seed)
    write_folders(state, state.life())
    company = Running(folder)
    running = server(company)
    bound = listening("127.0.0.1", 0)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield Served(folder, f"http://127.0.0.1:{bound.getsockname()[1]}", state.credentials)
    finally:
        running.should_exit = True
        thread.join(10)
        bound.close()


def query_all(client: httpx.Client, text: str, resource: str = "query") -> list[dict[str, object]]:
    """Every record of a query, page after page."""
    answer = client.get(f"{DATA}/{resource}", params={"q": text}).raise_for_status().json()
    records = list(answer["records"])
    while not answer["done"]:
        answer = client.get(answer["nextRecordsUrl"]).raise_for_status().json()
        records += answer["records"]
    return records


def bulk_job(client: httpx.Client, text: str, operation: str = "query", **wish: str) -> str:
    """The id of a job that is complete."""
    made = client.post(f"{DATA}/jobs/query", json={"operation": operation, "query": text, **wish}).raise_for_status()
    key: str = made.json()["id"]
    while client.get(f"{DATA}/jobs/query/{key}").raise_for_status().json()["state"] != "JobComplete":
        pass
    return key
