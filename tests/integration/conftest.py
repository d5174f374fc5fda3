"""One build of many generated books for all tests that only read what the models made of them."""

from collections.abc import Iterator

import pytest

from attain import runs
from attain.settings import Database
from tests import commission_books, people_books, warehouse
from tests.databases import TestServer, clone, drop
from tests.library import AS_OF, Library, land_settings

BOOKS, PEOPLE = 8, 4


@pytest.fixture(scope="session")
def library(
    server: TestServer, template_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Library]:
    """All books, each a source account of its own, landed whole and built once; to be read only."""
    folder = tmp_path_factory.mktemp("library")
    made = Library(
        clone(server, template_database),
        [commission_books.book(seed) for seed in range(BOOKS)],
        commission_books.ladder(),
        people_books.accounts(PEOPLE),
    )
    run = runs.begin(made.database, "test", "pytest", "fingerprint")
    land_settings(made.database, run, folder / "company")
    for book in [*made.books, made.ladder]:
        for table, rows in book.tables():
            warehouse.land_rows(made.database, run, table, rows, account=book.account)
    for people in made.people:
        for name, table in people_books.TABLES.items():
            warehouse.land_rows(made.database, run, table, people.rows[name], account=people.account)
    warehouse.build(made.database, run, folder, AS_OF)
    yield made
    drop(server, made.database)
