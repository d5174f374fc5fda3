"""Makes a company's database ready, or brings it up to this version; does nothing when it is."""

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from attain import ops, postgres, raw, server
from attain.errors import SettingsError
from attain.roles import SCHEMAS, Administration, administration, grants, quoted
from attain.secrets import known, secrets
from attain.settings import ROLES, Database, Login, Role, Settings, database_name
from attain.table import Table

OLDEST_SERVER = 15
_LOCK = 4_070_001  # advisory lock: one preparation of a database at a time


def connect(settings: Settings) -> Database:
    """The company's database and its logins, as `prepare` made them; starts the embedded server when it is down.

    Raises:
        SettingsError: the database has not been prepared from this home.
        ServerError: the embedded server did not start.
    """
    missing = [role for role in ROLES if _secret_name(_name(settings), role) not in known(settings.home)]
    if missing:
        raise SettingsError(
            f"{settings.company}: its database has not been prepared from {settings.home}. Nothing was read. "
            "Run `attain migrate`, or `attain run`."
        )
    return _described(settings)[0]


def prepare(settings: Settings, tables: Iterable[Table]) -> Database:
    """Database, roles, schemas, grants, `ops` and the raw tables; can be run at any time.

    Args:
        tables: every raw table that models or landing may meet.

    Raises:
        SettingsError: the server is too old, the database belongs to another company, or the given user lacks a
            right; the message then holds the SQL for whoever has it.
        ServerError, DatabaseError: the server did not start, or refused.
    """
    described, administrator, renewed = _described(settings)
    if settings.database_url is None:
        _create_database(administrator, described.name)
    _administer(administrator, described, renewed)
    _migrate_ops(described, settings.company)
    for schema, role in SCHEMAS.items():
        with postgres.transaction(postgres.engine(described, role)) as connection:
            for statement in grants(described, schema):
                connection.exec_driver_sql(statement)
            if schema == "raw":
                _ensure_raw(connection, tables)
    return described


def _described(settings: Settings) -> tuple[Database, sa.URL, frozenset[Role]]:
    """The database, its administrator's address, and the roles whose password has just been made."""
    name = _name(settings)
    before = known(settings.home)
    names = {role: _secret_name(name, role) for role in ROLES}
    passwords = secrets(settings.home, tuple(names.values()))
    logins = {role: Login(f"{name}_{role}", passwords[names[role]]) for role in ROLES}
    renewed = frozenset(role for role in ROLES if names[role] not in before)
    if settings.database_url is None:
        running = server.start(settings.home)
        return Database(running.host, running.port, name, logins), running.url(name), renewed
    url = sa.make_url(settings.database_url)
    query = {key: value for key, value in url.query.items() if isinstance(value, str)}
    return Database(url.host or "", url.port or 5432, name, logins, query), url, renewed


def _name(settings: Settings) -> str:
    if settings.database_url is None:
        return database_name(settings.company)
    return sa.make_url(settings.database_url).database or ""


def _secret_name(database: str, role: Role) -> str:
    return f"{database}.{role}"


def _create_database(administrator: sa.URL, name: str) -> None:
    there = sa.text("select 1 from pg_catalog.pg_database where datname = :name")
    with postgres.autocommit(
        postgres.engine_of(administrator.set(database="postgres"), "attain migrate")
    ) as connection:
        connection.execute(sa.text("select pg_advisory_lock(:key)"), {"key": _LOCK})
        if connection.scalar(there, {"name": name}) is None:
            connection.exec_driver_sql(f"create database {quoted(name)} template template0")


def _administer(administrator: sa.URL, database: Database, renewed: frozenset[Role]) -> None:
    """Do what only an administrator can; where the given user may not, nothing stands and the SQL is handed over."""
    with postgres.transaction(postgres.engine_of(administrator, "attain migrate")) as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _refuse_old_server(connection)
        wanted = administration(connection, database, renewed)
        if not wanted.statements:
            return
        try:
            with connection.begin_nested():
                for statement in wanted.statements:
                    connection.exec_driver_sql(statement)
                left = administration(connection, database, frozenset())
                if left.statements:
                    raise _missing_rights(database, left)
        except sa.exc.ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != "42501":
                raise
            raise _missing_rights(database, wanted) from None


def _missing_rights(database: Database, wanted: Administration) -> SettingsError:
    return SettingsError(
        f"{database.host}:{database.port}/{database.name}: the user of ATTAIN_DATABASE_URL may not make roles and "
        "schemas there. Nothing was changed. Let an administrator run this in that database (it holds password "
        f"verifiers, no passwords), then rerun:\n\n{wanted.sql}"
    )


def _refuse_old_server(connection: sa.Connection) -> None:
    number = int(connection.scalar(sa.text("show server_version_num")) or 0)
    if number < OLDEST_SERVER * 10_000:
        raise SettingsError(
            f"the server is PostgreSQL {number // 10_000}. Nothing was changed. "
            f"Use {OLDEST_SERVER} or later, or the embedded server (unset ATTAIN_DATABASE_URL)."
        )


def _migrate_ops(database: Database, company: str) -> None:
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        upgrade(connection)
        connection.execute(insert(ops.company).values(name=company).on_conflict_do_nothing())
        names = list(connection.scalars(sa.select(ops.company.c.name)))
        others = [name for name in names if database_name(name) != database_name(company)]
        if others:
            raise SettingsError(
                f"{database.host}:{database.port}/{database.name} holds the company {others[0]!r}, not {company!r}. "
                "Nothing was changed. One database holds one company: give another ATTAIN_DATABASE_URL, or "
                f"`--company {others[0]}`."
            )


def upgrade(connection: sa.Connection) -> None:
    """Bring schema `ops` to this version, in the caller's transaction."""
    from alembic import command  # slow to import, and only needed when the version is not the newest
    from alembic.config import Config

    if is_current(connection):
        return
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_current(connection: sa.Connection) -> bool:
    """Whether schema `ops` is of this version."""
    newest = max(path.name.split("_", 1)[0] for path in (Path(__file__).parent / "migrations/versions").glob("0*.py"))
    if not sa.inspect(connection).has_table("schema_version", schema="ops"):
        return False
    return bool(connection.scalar(sa.text("select version_num from ops.schema_version")) == newest)


def _ensure_raw(connection: sa.Connection, tables: Iterable[Table]) -> None:
    """Make or widen the raw tables; those that stand complete are skipped after one look at the catalogue."""
    found = connection.execute(
        sa.text("select table_name, column_name from information_schema.columns where table_schema = 'raw'")
    )
    there: dict[str, set[str]] = {}
    for table_name, column_name in found:
        there.setdefault(table_name, set()).add(column_name)
    for table in tables:
        wanted = {column.name for column in raw.versions_table(table).columns}
        if not wanted <= there.get(table.name + raw.VERSIONS_SUFFIX, set()):
            raw.ensure_table(connection, table)
