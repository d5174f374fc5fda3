"""The tests' own PostgreSQL, and databases cloned from a template on it."""

import itertools
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from attain import postgres, server
from attain.settings import Database, Settings
from attain.table import Table
from extract.company import TABLES as COMPANY_TABLES
from extract.salesforce.objects import OBJECTS
from extract.templates import TEMPLATES

RAW_TABLES: tuple[Table, ...] = (*TEMPLATES, *OBJECTS.values(), *COMPANY_TABLES)

_PREFIX = "attain-tests-"
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
_names = itertools.count(1)


@dataclass(frozen=True)
class TestServer:
    """The PostgreSQL that all tests share; never the one of ATTAIN_DATABASE_URL.

    Args:
        home: an ATTAIN_HOME of the tests' own.
        address: the administrator's address.
    """

    __test__ = False

    home: Path
    address: sa.URL
    version: str

    def url(self, name: str = "postgres") -> sa.URL:
        """The administrator's address of one database."""
        return self.address.set(database=name)

    def settings(self, company: str) -> Settings:
        """Settings of a company on this server; with a given address, its database is made first."""
        given = os.environ.get("ATTAIN_TEST_DATABASE_URL")
        if not given:
            return Settings(self.home, company)
        name = f"attain_{company}"
        with postgres.autocommit(postgres.engine_of(self.url(), "attain tests")) as connection:
            connection.exec_driver_sql(f'drop database if exists "{name}" with (force)')
            connection.exec_driver_sql(f'create database "{name}" template template0')
        return Settings(self.home, company, self.url(name).render_as_string(hide_password=False))


def clone(server: TestServer, template: Database) -> Database:
    """A copy of a database that nobody is connected to, with the same logins."""
    name = f"attain_test_{os.getpid()}_{next(_names)}"
    with postgres.autocommit(postgres.engine_of(server.url(), "attain tests")) as connection:
        connection.exec_driver_sql(f'create database "{name}" template "{template.name}" strategy wal_log')
    return replace(template, name=name)


def drop(server: TestServer, database: Database) -> None:
    """Drop a clone, whoever is still connected."""
    with postgres.autocommit(postgres.engine_of(server.url(), "attain tests")) as connection:
        connection.exec_driver_sql(f'drop database if exists "{database.name}" with (force)')


def start() -> TestServer:
    """A server on a home of its own, or the one of ATTAIN_TEST_DATABASE_URL."""
    _sweep()
    home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    given = os.environ.get("ATTAIN_TEST_DATABASE_URL")
    address = sa.make_url(given) if given else server.start(home, _FAST).url()
    with postgres.transaction(postgres.engine_of(address, "attain tests")) as connection:
        version = str(connection.scalar(sa.text("show server_version")))
    return TestServer(home, address, version)


def _sweep() -> None:
    """Remove what killed test sessions left running."""
    for home in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = int(home.name.removeprefix(_PREFIX).split("-", 1)[0])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            remove(home)
        except PermissionError:
            continue


def remove(home: Path) -> None:
    """Stop the server of a test session and delete all it kept."""
    server.remove(home)
    shutil.rmtree(home, ignore_errors=True)
