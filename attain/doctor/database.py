"""The company's database: reachable, fit, prepared, and what its last run left."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from attain import migrate, ops, postgres, server
from attain.doctor.finding import Finding, fine
from attain.errors import AttainError
from attain.secrets import known as kept
from attain.settings import ROLES, Database, Settings, database_name

_AREA = "database"
_CONNECTIONS = 30
_SKEW = timedelta(seconds=60)


def look(known: Settings) -> Iterator[Finding]:
    """Everything about the database that a run depends on; starts the embedded server, and changes nothing."""
    try:
        address = _administrator(known)
        with postgres.transaction(postgres.engine_of(address, "attain doctor")) as connection:
            yield from _server(connection, known)
            prepared = _prepared(connection, known)
    except AttainError as error:
        yield Finding(_AREA, "connection", "wrong", str(error), "See the message; `attain doctor` again afterwards.")
        return
    if not prepared:
        found = f"{known.company} has not been prepared from this home"
        yield Finding(_AREA, "preparation", "odd", found, "The first run does it; `attain migrate` does it alone.")
        return
    try:
        yield from _contents(migrate.connect(known))
    except AttainError as error:
        yield Finding(
            _AREA, "preparation", "wrong", str(error), "Run `attain migrate`, which mends roles and passwords."
        )


def _administrator(known: Settings) -> sa.URL:
    return sa.make_url(known.database_url) if known.database_url else server.start(known.home).url()


def _server(connection: sa.Connection, known: Settings) -> Iterator[Finding]:
    number = int(connection.scalar(sa.text("show server_version_num")) or 0)
    where = "ATTAIN_DATABASE_URL" if known.database_url else "the embedded server"
    version = f"PostgreSQL {number // 10_000}.{number % 10_000}, {where}"
    if number >= migrate.OLDEST_SERVER * 10_000:
        yield fine(_AREA, "connection", version)
    else:
        todo = f"Use PostgreSQL {migrate.OLDEST_SERVER} or later, or the embedded server (unset ATTAIN_DATABASE_URL)."
        yield Finding(_AREA, "connection", "wrong", version, todo)
    encoding = str(connection.scalar(sa.text("show server_encoding")))
    if encoding != "UTF8":
        todo = "Make the database anew: create database ... encoding 'UTF8' template template0."
        yield Finding(_AREA, "encoding", "wrong", encoding, todo)
    most = int(connection.scalar(sa.text("show max_connections")) or 0)
    if most < _CONNECTIONS:
        yield Finding(
            _AREA, "connections", "odd", f"at most {most}", f"Raise max_connections to {_CONNECTIONS} or more."
        )
    apart = abs(connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one() - datetime.now(UTC))
    if apart > _SKEW:
        found = f"{apart.total_seconds():.0f} s apart from ours"
        yield Finding(
            _AREA, "clock", "odd", found, "Set both machines' clocks by NTP; times in `ops` are the server's."
        )


def _prepared(connection: sa.Connection, known: Settings) -> bool:
    """Whether the company's database is there, and its passwords are in this home."""
    name = sa.make_url(known.database_url).database if known.database_url else database_name(known.company)
    there = connection.scalar(sa.text("select count(*) from pg_catalog.pg_database where datname = :n"), {"n": name})
    return bool(there) and all(f"{name}.{role}" in kept(known.home) for role in ROLES)


def _contents(database: Database) -> Iterator[Finding]:
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        if not migrate.is_current(connection):
            found = f"{database.name} was made by another version"
            yield Finding(
                _AREA, "preparation", "odd", found, "The next run brings it up to date; so does `attain migrate`."
            )
        else:
            yield fine(_AREA, "preparation", f"{database.name} is up to date")
        yield _last_run(connection)
        waiting = int(connection.scalar(_waiting()) or 0)
        if waiting:
            todo = "The validation page names them; correct their source, and they return by themselves."
            yield Finding(_AREA, "quarantine", "odd", f"{waiting:,} rows wait", todo)


def _waiting() -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(ops.quarantine).where(ops.quarantine.c.resolved_at.is_(None))


def _last_run(connection: sa.Connection) -> Finding:
    """How the last run ended; one that neither ended nor works any more was killed."""
    last = connection.execute(sa.select(ops.runs).order_by(ops.runs.c.run_id.desc()).limit(1)).one_or_none()
    if last is None:
        return fine(_AREA, "last run", "none yet")
    if last.state == "failed":
        return Finding(
            _AREA, "last run", "odd", f"{last.label} failed: {last.error}", "Mend what it names, then run again."
        )
    if last.state == "running":
        found = f"{last.label} has not ended; it began {last.started_at:%d %b %Y %H:%M} UTC"
        return Finding(_AREA, "last run", "odd", found, "Wait for it; if its process is gone, just run again.")
    return fine(_AREA, "last run", f"{last.label} {last.state}, data to {last.as_of:%d %b %Y %H:%M} UTC")
