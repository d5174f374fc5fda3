"""The door to PostgreSQL: engines, transactions, ADBC, and driver errors in our words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa

from attain.errors import AttainError, DatabaseError, LeaseLost
from attain.settings import Database, Role, session_options

if TYPE_CHECKING:
    from adbc_driver_postgresql import dbapi as adbc_dbapi

LEASE_LOST = "AT001"  # the SQLSTATE that ops.check_lease raises

_NEXT = {
    "08": "Check that the server runs (`attain status`), then rerun.",
    "28": "Check the login; deleting its entry in secrets.json makes the next run set a new password.",
    "40": "Another transaction was in the way; rerun.",
    "42": "The database does not fit this version: run `attain migrate`.",
    "42501": "Use the role that has this right, or run `attain migrate` to restore its grants.",
    "53": "The server is out of disk, memory or connections: free some, then rerun.",
    "57": "The server was stopping or cancelled it; rerun when it is up.",
}


def engine(database: Database, role: Role) -> sa.Engine:
    """An engine that logs in as `role`. It keeps no idle connections, so it needs no disposing."""
    return engine_of(database.url(role), f"attain {role}")


def engine_of(url: sa.URL, application: str) -> sa.Engine:
    """An engine for any address, with our session settings."""
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=sa.NullPool,
        hide_parameters=True,
        connect_args={"application_name": application, "options": session_options(), "connect_timeout": 10},
    )


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction: committed at the end, rolled back on any error.

    Raises:
        LeaseLost: `ops.check_lease` said that another run has taken over.
        DatabaseError: PostgreSQL refused a statement or went away; nothing of the transaction stands.
    """
    with _translated(), engine.begin() as connection:
        yield connection


@contextmanager
def autocommit(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A session outside transactions, for statements that PostgreSQL takes only there (CREATE DATABASE)."""
    with _translated(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


@contextmanager
def adbc(database: Database, role: Role) -> Iterator["adbc_dbapi.Connection"]:
    """An ADBC connection, for Arrow in and out. Commit yourself; leaving without rolls back.

    Raises:
        DatabaseError: the server cannot be reached or refuses the login.
    """
    from adbc_driver_postgresql import dbapi

    try:
        connection = dbapi.connect(database.adbc_uri(role))
    except dbapi.Error:
        raise DatabaseError(
            f"{database.host}:{database.port}/{database.name}: no connection as {database.user(role)}. "
            f"Nothing was written. {_NEXT['08']}"
        ) from None
    with connection:
        yield connection


def verifier(connection: sa.Connection, user: str, password: str) -> str:
    """What PostgreSQL stores of a password, so that the password itself reaches neither its log nor a message."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("passwords are encoded by psycopg")
    return driver.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256").decode()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise translate(error.orig) from None
    except sa.exc.SQLAlchemyError as error:
        raise DatabaseError(f"database: {type(error).__name__}. The transaction left nothing.") from error


def translate(error: BaseException | None) -> AttainError:
    """A driver error as ours: what and where, never the values that PostgreSQL quotes."""
    if not isinstance(error, psycopg.Error):
        return DatabaseError(f"database: {type(error).__name__}. The transaction left nothing.")
    state = error.sqlstate or "08000"
    if state == LEASE_LOST:
        return LeaseLost(error.diag.message_primary or "lease: another run has taken over.")
    what = error.diag.message_primary or _connection_problem(error)
    if state.startswith(("22", "23")):
        what = re.sub(r'"[^"]*"', '"..."', what) if state.startswith("22") else what
    where = ".".join(filter(None, (error.diag.schema_name, error.diag.table_name, error.diag.column_name)))
    rule = f" (rule {error.diag.constraint_name})" if error.diag.constraint_name else ""
    following = _NEXT.get(state) or _NEXT.get(state[:2], "Fix the cause, then rerun.")
    return DatabaseError(f"{where or 'database'}: {what}{rule} [{state}]. The transaction left nothing. {following}")


def _connection_problem(error: psycopg.Error) -> str:
    """What libpq says of a failed connection; it names host, port and user, never the password."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("DETAIL:", "HINT:"))]
    return telling[-1].removesuffix(".") if telling else "the connection was lost"
