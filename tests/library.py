"""The books a shared build is made of, and the company they belong to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from attain.runs import Run
from attain.settings import Database
from extract import templates
from tests import commission_books, warehouse
from tests.commission_books import Book
from tests.people_books import People

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Library:
    """A warehouse and the books it was built from."""

    database: Database
    books: list[Book]
    ladder: Book
    people: list[People]


def land_settings(database: Database, run: Run, folder: Path) -> None:
    """The company of the books: its settings and plan rates."""
    warehouse.land_company(
        database, run, folder, name="Books", currency=commission_books.CURRENCY, time_zone="Europe/Berlin",
        fiscal_year_start_month=commission_books.FISCAL_START,
    )  # fmt: skip
    warehouse.land_rows(database, run, templates.EXCHANGE_RATES, commission_books.rate_rows())
