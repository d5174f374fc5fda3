"""What analysts see: all published relations in one statement, so in one snapshot; and a reader that polls it."""

import threading
from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa

from attain import postgres, reporting_views
from attain.errors import AttainError
from attain.settings import Database

APPLICATION = "killed reader"
Publication = tuple[tuple[str, int, str], ...]


def engine(database: Database) -> sa.Engine:
    """As an analyst, under a name of its own."""
    return postgres.engine_of(database.url("analyst"), APPLICATION)


def relations(database: Database) -> tuple[str, ...]:
    """Everything published; not the views over `ops`, which also tell of runs that publish nothing."""
    with postgres.transaction(engine(database)) as connection:
        inspector = sa.inspect(connection)
        names = {*inspector.get_table_names("reporting"), *inspector.get_view_names("reporting")}
    return tuple(sorted(names - set(reporting_views._views())))


def statement(names: tuple[str, ...]) -> str:
    """Per relation: how many rows, and a sum over hashes of whole rows."""
    each = (
        f"select '{name}' as name, count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text as hash "
        f'from reporting."{name}" as t'
        for name in names
    )
    return " union all ".join(each) + " order by 1"


def publication(database: Database, names: tuple[str, ...]) -> Publication:
    """What is published at this moment.

    Raises:
        DatabaseError: the server is down or starting.
    """
    with postgres.transaction(engine(database)) as connection:
        return tuple((row.name, row.rows, row.hash) for row in connection.exec_driver_sql(statement(names)))


def rows(database: Database, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Every row of every relation as text, in an order that does not depend on how it came there."""
    with postgres.transaction(engine(database)) as connection:
        return {
            name: sorted(connection.scalars(sa.text(f'select t::text from reporting."{name}" as t'))) for name in names
        }


@dataclass
class Seen:
    """What the reader met.

    Args:
        polls: answers it got.
        away: times the server was away.
        wrong: what was neither the publication before nor the one after, or went back.
    """

    polls: int = 0
    away: int = 0
    wrong: tuple[str, ...] = ()
    new: bool = False


class Reader:
    """Polls through a disturbance and the run after it."""

    def __init__(self, database: Database, names: tuple[str, ...], old: Publication, new: Publication) -> None:
        self.seen = Seen()
        self._database, self._names, self._old, self._new = database, names, old, new
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def look(self) -> str:
        """Which publication stands: old, new, away, or what differs from both."""
        try:
            found = publication(self._database, self._names)
        except AttainError as error:
            self.seen.away += 1
            return self._judge_error(str(error))
        self.seen.polls += 1
        if found == self._new:
            self.seen.new = True
            return "new"
        if found != self._old:
            return self._wrong(
                f"mixed: {difference(found, self._old)} against before, {difference(found, self._new)} against after"
            )
        return self._wrong("went back to the old publication") if self.seen.new else "old"

    def _judge_error(self, error: str) -> str:
        """Away is allowed to a server that was killed; a relation that is missing is not."""
        return self._wrong(error) if "[42" in error else "away"

    def _wrong(self, what: str) -> str:
        self.seen.wrong = (*self.seen.wrong, what)
        return what

    def _poll(self) -> None:
        while not self._stop.wait(1.0):
            self.look()


def difference(one: Publication, other: Publication) -> str:
    """The relations that differ, with their counts."""
    known = {name: (count, digest) for name, count, digest in other}
    differing = [f"{name} {count}" for name, count, digest in one if known.get(name) != (count, digest)]
    missing = sorted(known.keys() - {name for name, _, _ in one})
    return ", ".join(differing + [f"no {name}" for name in missing]) or "nothing"
