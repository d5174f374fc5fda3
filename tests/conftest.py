"""One PostgreSQL for the whole session, one template database, and a fresh clone of it for each test."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

from attain import migrate, runs
from attain.settings import Database
from tests import databases
from tests.databases import RAW_TABLES, TestServer, clone, drop

hypothesis.settings.register_profile("attain", deadline=None, max_examples=60, print_blob=True)
hypothesis.settings.load_profile("attain")

# Which PostgreSQL the tests run on is the caller's to say.
_KEPT = frozenset({"ATTAIN_TEST_DATABASE_URL", "ATTAIN_POSTGRES_PROGRAMS"})
_SERVER = pytest.StashKey[TestServer]()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Which PostgreSQL the tests ran on; where workers share the tests, each has one of its own."""
    if getattr(config.option, "numprocesses", None):
        return None
    return f"PostgreSQL {_server_of(config).version}"


class _ByBuild(LoadFileScheduling):  # type: ignore[misc]
    """What shares a costly build stays with one worker: the tests of a file, and all files that read the library."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "library" if _reads_library(self.config.rootpath / file) else file


@cache
def _reads_library(file: Path) -> bool:
    """Asked of every test of the file, and again when it has ended."""
    return "library: Library" in file.read_text(encoding="utf-8")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """How workers share the tests; marks of groups do not reach the scheduler with this pytest."""
    return _ByBuild(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    started = config.stash.get(_SERVER, None)
    if started is not None:
        databases.remove(started.home)


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """Nothing of the caller's installation reaches a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("ATTAIN_") and n not in _KEPT]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", name="server")
def _server(request: pytest.FixtureRequest) -> TestServer:
    """The session's PostgreSQL."""
    return _server_of(request.config)


@pytest.fixture(scope="session")
def template_database(server: TestServer) -> Database:
    """A prepared database with every raw table, to be cloned; nothing connects to it otherwise."""
    return migrate.prepare(server.settings("test_template"), RAW_TABLES)


@pytest.fixture
def database(server: TestServer, template_database: Database) -> Iterator[Database]:
    """A prepared database of this test's own, with all roles."""
    made = clone(server, template_database)
    yield made
    drop(server, made)


@pytest.fixture
def run(database: Database) -> runs.Run:
    """A run that has just begun in `database`."""
    return runs.begin(database, "test", "pytest", "fingerprint")


def _server_of(config: pytest.Config) -> TestServer:
    started = config.stash.get(_SERVER, None)
    if started is None:
        started = config.stash[_SERVER] = databases.start()
    return started
