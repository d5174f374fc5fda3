"""What a run is told from outside, and where its company's database is. The only reader of the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote, urlencode

import sqlalchemy as sa

from attain.errors import SettingsError

Role = Literal["owner", "loader", "transformer", "validator", "publisher", "analyst"]
ROLES: tuple[Role, ...] = get_args(Role)

_LONGEST_NAME = 45  # PostgreSQL cuts names at 63 bytes, and roles are named <database>_<role>


@dataclass(frozen=True)
class Settings:
    """What every command needs to know.

    Args:
        home: folder of this installation: secrets, companies, runs, reports, the embedded server.
        company: the company's name, as its folder under `home/companies` is called.
        database_url: any PostgreSQL 15 or later that holds this one company; None means the embedded server.
        airflow_database_url: where Airflow keeps its metadata; None means the embedded server.
    """

    home: Path
    company: str
    database_url: str | None = field(default=None, repr=False)
    airflow_database_url: str | None = field(default=None, repr=False)

    @property
    def company_folder(self) -> Path:
        return self.home / "companies" / self.company

    @property
    def report_folder(self) -> Path:
        return self.home / "reports" / self.company

    def run_folder(self, run_id: int) -> Path:
        """Where a run's dbt artifacts and logs are kept."""
        return self.home / "runs" / database_name(self.company) / str(run_id)


@dataclass(frozen=True)
class Login:
    """A database role and its password; the password is never shown."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Database:
    """One company's database and a login for each of `ROLES`.

    Args:
        query: further connection parameters, such as `sslmode`, as a given URL had them.
    """

    host: str
    port: int
    name: str
    logins: Mapping[Role, Login] = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict)

    def user(self, role: Role) -> str:
        return self.logins[role].user

    def password(self, role: Role) -> str:
        return self.logins[role].password

    def url(self, role: Role) -> sa.URL:
        """The address for SQLAlchemy with psycopg 3; it holds the password, so show it only to whoever asked."""
        login = self.logins[role]
        return sa.URL.create(
            "postgresql+psycopg", login.user, login.password, self.host, self.port, self.name, dict(self.query)
        )

    def libpq_uri(self, role: Role, extra: Mapping[str, str] | None = None) -> str:
        """The address as psql and BI tools take it, password included."""
        login, query = self.logins[role], dict(extra or {}) | dict(self.query)
        # libpq reads a plus as a plus, so spaces must be %20.
        user, password, name = (quote(text, safe="") for text in (login.user, login.password, self.name))
        host = f"[{self.host}]" if ":" in self.host else self.host
        uri = f"postgresql://{user}:{password}@{host}:{self.port}/{name}"
        return f"{uri}?{urlencode(query, quote_via=quote)}" if query else uri

    def adbc_uri(self, role: Role) -> str:
        """The address for ADBC, whose sessions then end with their client like all others."""
        return self.libpq_uri(role, {"application_name": f"attain {role}", "options": session_options()})


def session_options() -> str:
    """Server settings of each session: UTC, and a statement whose client died is noticed within seconds."""
    return "-c timezone=UTC -c client_connection_check_interval=2s -c idle_in_transaction_session_timeout=30min"


def load(company: str | None = None, home: Path | None = None) -> Settings:
    """Settings from the environment; arguments win.

    ATTAIN_HOME (default `.attain` in the working folder), ATTAIN_COMPANY (default `demo`), ATTAIN_DATABASE_URL and
    ATTAIN_AIRFLOW_DATABASE_URL (default: the embedded server).

    Raises:
        SettingsError: a name or an address that cannot be used.
    """
    name = company or variable("ATTAIN_COMPANY") or "demo"
    database_name(name)
    return Settings(
        home=(home or Path(variable("ATTAIN_HOME") or ".attain")).expanduser().resolve(),
        company=name,
        database_url=_checked_url("ATTAIN_DATABASE_URL"),
        airflow_database_url=_checked_url("ATTAIN_AIRFLOW_DATABASE_URL"),
    )


def database_name(company: str) -> str:
    """`attain_<company>` in lower case, anything else than letters and digits as one underscore.

    Raises:
        SettingsError: nothing is left of the name, or it is too long.
    """
    slug = re.sub(r"[^a-z0-9]+", "_", company.strip().lower()).strip("_")
    if not slug or len(slug) > _LONGEST_NAME - len("attain_"):
        raise SettingsError(
            f"company: {company!r} cannot name a database. Nothing was read. "
            f"Use 1 to {_LONGEST_NAME - len('attain_')} letters a-z, digits and underscores."
        )
    return f"attain_{slug}"


def variable(name: str) -> str | None:
    """An environment variable; None when it is unset or empty."""
    return os.environ.get(name) or None


def required(name: str, what_for: str) -> str:
    """An environment variable that must be set.

    Raises:
        SettingsError: it is unset or empty; the message says what it is for.
    """
    value = variable(name)
    if value is None:
        raise SettingsError(f"{name} is not set. Nothing was read. It is needed for {what_for}: export it, then rerun.")
    return value


def variables(prefix: str) -> dict[str, str]:
    """The environment variables whose names begin so."""
    return {name: value for name, value in os.environ.items() if name.startswith(prefix)}


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a process we start: ours without our addresses, and `extra`."""
    kept = {k: v for k, v in os.environ.items() if not (k.startswith("ATTAIN_") and k.endswith("DATABASE_URL"))}
    return kept | dict(extra or {})


def _checked_url(name: str) -> str | None:
    text = variable(name)
    if text is None:
        return None
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError:
        url = None
    if url is None or not url.drivername.startswith("postgres") or not (url.host and url.database and url.username):
        raise SettingsError(
            f"{name} is not an address of a PostgreSQL database. Nothing was read. "
            "Write it as postgresql://user:password@host:5432/database."
        )
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
