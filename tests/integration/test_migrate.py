"""Preparing a company's database: idempotent, by one user or by two, and each role may only what it should."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from attain import migrate, ops, postgres
from attain.errors import DatabaseError, SettingsError
from attain.settings import Database, Role, Settings
from tests.databases import RAW_TABLES, TestServer, drop


@pytest.fixture
def outside(server: TestServer) -> Iterator[tuple[sa.URL, str]]:
    """A database of an ordinary user who may not make roles, and that user's address."""
    name, user = "attain_test_outside", "attain_test_visitor"
    with postgres.autocommit(postgres.engine_of(server.url(), "test")) as connection:
        connection.exec_driver_sql(f"drop database if exists {name} with (force)")
        connection.exec_driver_sql(f"create role {user} login password 'visit'")
        connection.exec_driver_sql(f"create database {name} owner {user} template template0")
    yield server.url(name).set(username=user, password="visit"), name
    with postgres.autocommit(postgres.engine_of(server.url(), "test")) as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")
        made = connection.scalars(
            sa.text("select rolname from pg_roles where rolname like 'attain\\_test\\_outside\\_%'")
        )
        for role in (*made, user):
            connection.exec_driver_sql(f"drop role {role}")


def _run(database: Database, role: Role, sql: str) -> object:
    with postgres.transaction(postgres.engine(database, role)) as connection:
        result = connection.execute(sa.text(sql))
        return result.scalar() if result.returns_rows else None


def _catalogue(database: Database) -> list[tuple[str, ...]]:
    """Everything that preparing makes: columns, grants, default grants."""
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        columns = connection.execute(
            sa.text(
                "select attrelid::regclass::text, attname::text, atttypid::regtype::text from pg_attribute order by 1, 2"
            )
        )
        grants = connection.execute(sa.text("select oid::regclass::text, relacl::text from pg_class order by 1"))
        defaults = connection.execute(
            sa.text("select defaclrole::text, defaclacl::text from pg_default_acl order by 1, 2")
        )
        return [tuple(map(str, row)) for result in (columns, grants, defaults) for row in result]


def test_preparing_twice_changes_nothing(server: TestServer) -> None:
    settings = server.settings("test_twice")
    database = migrate.prepare(settings, RAW_TABLES)
    try:
        before = _catalogue(database)
        assert migrate.prepare(settings, RAW_TABLES) == database
        assert _catalogue(database) == before
    finally:
        drop(server, database)


def test_migrations_make_what_the_code_declares(database: Database) -> None:
    """Alembic's own comparison of the migrated schema with `attain.ops` finds no difference."""
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        options = {
            "include_schemas": True,
            "version_table_schema": "ops",
            "version_table": "schema_version",
            "include_name": lambda name, kind, _: kind != "schema" or name == "ops",
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, ops.metadata) == []


def test_every_raw_table_and_its_versions_are_there(database: Database) -> None:
    with postgres.transaction(postgres.engine(database, "transformer")) as connection:
        there = set(connection.scalars(sa.text("select table_name from information_schema.tables")))
    assert {name for t in RAW_TABLES for name in (t.name, f"{t.name}__versions")} <= there


@pytest.mark.parametrize(
    ("role", "sql"),
    [
        ("analyst", "select * from raw.files__opportunities"),
        ("analyst", "select * from ops.runs"),
        ("analyst", "select * from marts.made"),
        ("analyst", "create table reporting.mine (n int)"),
        ("analyst", "create table public.mine (n int)"),
        ("loader", "create table reporting.mine (n int)"),
        ("loader", "create table marts.mine (n int)"),
        ("transformer", "delete from raw.files__opportunities"),
        ("transformer", "delete from ops.loads"),
        ("transformer", "create table reporting.mine (n int)"),
        ("validator", "delete from marts.made"),
        ("validator", "delete from ops.loads"),
        ("validator", "update ops.lease set token = 7"),
        ("publisher", "delete from marts.made"),
        ("publisher", "select * from raw.files__opportunities"),
        ("owner", "select * from raw.files__opportunities"),
    ],
)
def test_no_role_may_more_than_its_station_needs(database: Database, role: Role, sql: str) -> None:
    _run(database, "transformer", "create table marts.made (n int)")
    with pytest.raises(DatabaseError, match="permission denied"):
        _run(database, role, sql)


@pytest.mark.parametrize(
    ("maker", "schema", "readers"),
    [
        ("loader", "raw", ("transformer", "validator")),
        ("transformer", "staging", ("validator", "publisher")),
        ("transformer", "core", ("validator", "publisher")),
        ("transformer", "marts", ("validator", "publisher")),
        ("publisher", "reporting", ("analyst",)),
    ],
)
def test_what_a_station_makes_later_the_next_ones_read(
    database: Database, maker: Role, schema: str, readers: tuple[Role, ...]
) -> None:
    _run(database, maker, f"create table {schema}.made_later as select 1 as n")
    for reader in readers:
        assert _run(database, reader, f"select n from {schema}.made_later") == 1


def test_analysts_read_ops_through_views_of_the_publisher(database: Database) -> None:
    _run(database, "publisher", "create view reporting.load_runs as select run_id, state from ops.runs")
    assert _run(database, "analyst", "select count(*) from load_runs") == 0


def test_strangers_may_not_connect(server: TestServer) -> None:
    """CONNECT is revoked from PUBLIC: another company's roles stay outside."""
    one = migrate.prepare(server.settings("test_one"), ())
    other = migrate.prepare(server.settings("test_other"), ())
    try:
        with pytest.raises(DatabaseError, match="permission denied for database"):
            _run(replace(one, logins=other.logins), "analyst", "select 1")
    finally:
        drop(server, one)
        drop(server, other)


def test_user_without_the_right_to_make_roles_gets_the_sql_for_who_has_it(
    server: TestServer, outside: tuple[sa.URL, str], tmp_path: Path
) -> None:
    """The SQL works as printed, holds no password, and the next preparation succeeds."""
    url, name = outside
    settings = Settings(tmp_path, "outside", url.render_as_string(hide_password=False))
    with pytest.raises(SettingsError, match="may not make roles") as caught:
        migrate.prepare(settings, RAW_TABLES)
    message = str(caught.value)
    secrets = re.findall(r'": "([^"]+)"', (tmp_path / "secrets.json").read_text(encoding="utf-8"))
    assert secrets
    assert not [secret for secret in secrets if secret in message]
    with postgres.autocommit(postgres.engine_of(server.url(name), "test")) as connection:
        connection.exec_driver_sql(message.split("\n\n", 1)[1])
    database = migrate.prepare(settings, RAW_TABLES)
    assert _run(database, "loader", "select count(*) from raw.files__opportunities") == 0


def test_user_who_may_make_roles_but_is_no_superuser_prepares_alone(
    server: TestServer, outside: tuple[sa.URL, str], tmp_path: Path
) -> None:
    url, _ = outside
    with postgres.autocommit(postgres.engine_of(server.url(), "test")) as connection:
        connection.exec_driver_sql(f"alter role {url.username} createrole")
    database = migrate.prepare(Settings(tmp_path, "outside", url.render_as_string(hide_password=False)), RAW_TABLES)
    assert _run(database, "analyst", "select current_user") == "attain_test_outside_analyst"


def test_database_of_one_company_is_refused_to_another(
    server: TestServer, outside: tuple[sa.URL, str], tmp_path: Path
) -> None:
    _, name = outside
    address = server.url(name).render_as_string(hide_password=False)
    migrate.prepare(Settings(tmp_path, "first", address), ())
    with pytest.raises(SettingsError, match="holds the company 'first', not 'second'"):
        migrate.prepare(Settings(tmp_path, "second", address), ())


def test_unprepared_database_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has not been prepared"):
        migrate.connect(Settings(tmp_path, "nobody"))


def test_lost_passwords_are_made_anew(server: TestServer, outside: tuple[sa.URL, str], tmp_path: Path) -> None:
    """Deleting secrets.json of a given database's home costs nothing but new passwords."""
    _, name = outside
    settings = Settings(tmp_path, "outside", server.url(name).render_as_string(hide_password=False))
    before = migrate.prepare(settings, ())
    (tmp_path / "secrets.json").unlink()
    after = migrate.prepare(settings, ())
    assert after.password("analyst") != before.password("analyst")
    assert _run(after, "analyst", "select 1") == 1
