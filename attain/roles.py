"""Who may do what in a company's database: roles, schemas and grants, as SQL that can be run again at any time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from attain.postgres import verifier
from attain.settings import ROLES, Database, Role

SCHEMAS: Mapping[str, Role] = {
    "raw": "loader",
    "staging": "transformer",
    "core": "transformer",
    "marts": "transformer",
    "ops": "owner",
    "reporting": "publisher",
}

# schema -> who reads what its owner makes there, now and later
_READERS: Mapping[str, tuple[Role, ...]] = {
    "raw": ("transformer", "validator"),
    "staging": ("validator", "publisher"),
    "core": ("validator", "publisher"),
    "marts": ("validator", "publisher"),
    "ops": ("loader", "transformer", "validator", "publisher"),
    "reporting": ("analyst",),
}
_OPS_WRITERS: tuple[Role, ...] = ("loader", "publisher")
_VALIDATOR_WRITES = ("validation_results", "quarantine")

_preparer = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]


def quoted(name: str) -> str:
    """An identifier as SQL text."""
    return str(_preparer.quote_identifier(name))


@dataclass(frozen=True)
class Administration:
    """What only an administrator of the database can do, and only where it has not been done yet."""

    statements: tuple[str, ...] = field(default=())

    @property
    def sql(self) -> str:
        """For someone else to run; it holds password verifiers (SCRAM), no passwords."""
        return "".join(f"{statement};\n" for statement in self.statements)


def administration(connection: sa.Connection, database: Database, renewed: frozenset[Role]) -> Administration:
    """What is missing in the database of `connection`.

    Args:
        renewed: roles whose password has just been made, so that an existing role must be told.
    """
    return Administration(
        (*_logins(connection, database, renewed), *_access(connection, database), *_schemas(connection, database))
    )


def grants(database: Database, schema: str) -> Iterator[str]:
    """Grants that the owner of a schema makes on it, for what is there and what it will make."""
    inside = f"in schema {schema}"
    for role in _READERS[schema]:
        user = quoted(database.user(role))
        yield f"grant usage on schema {schema} to {user}"
        yield f"grant select on all tables {inside} to {user}"
        yield f"alter default privileges {inside} grant select on tables to {user}"
    if schema == "ops":
        yield from _ops_grants(database)


def _ops_grants(database: Database) -> Iterator[str]:
    for role in _OPS_WRITERS:
        user = quoted(database.user(role))
        yield f"grant insert, update, delete on all tables in schema ops to {user}"
        yield f"alter default privileges in schema ops grant insert, update, delete on tables to {user}"
    validator = quoted(database.user("validator"))
    for table in _VALIDATOR_WRITES:
        yield f"grant insert, update, delete on ops.{table} to {validator}"
    for role in (*_OPS_WRITERS, "validator"):
        user = quoted(database.user(role))
        yield f"grant usage on all sequences in schema ops to {user}"
        yield f"alter default privileges in schema ops grant usage on sequences to {user}"


def _logins(connection: sa.Connection, database: Database, renewed: frozenset[Role]) -> Iterator[str]:
    there = set(connection.scalars(sa.text("select rolname from pg_catalog.pg_roles")))
    for role in ROLES:
        user = database.user(role)
        if user in there and role not in renewed:
            continue
        verb = "alter" if user in there else "create"
        yield f"{verb} role {quoted(user)} login password '{verifier(connection, user, database.password(role))}'"
        if role == "analyst":
            yield f"alter role {quoted(user)} set search_path = reporting"


def _access(connection: sa.Connection, database: Database) -> Iterator[str]:
    name = quoted(database.name)
    open_to_all = sa.text(
        "select coalesce(bool_or(a.grantee = 0), d.datacl is null) from pg_catalog.pg_database d "
        "left join lateral pg_catalog.aclexplode(d.datacl) a on true where d.datname = current_database() "
        "group by d.datacl"
    )
    if connection.scalar(open_to_all):
        yield f"revoke all on database {name} from public"
    by_name = sa.text(
        "select r.rolname from pg_catalog.pg_database d cross join lateral pg_catalog.aclexplode(d.datacl) a "
        "join pg_catalog.pg_roles r on r.oid = a.grantee "
        "where d.datname = current_database() and a.privilege_type = 'CONNECT'"
    )
    connecting = set(connection.scalars(by_name))
    for role in ROLES:
        if database.user(role) not in connecting:
            yield f"grant connect, temporary on database {name} to {quoted(database.user(role))}"


def _schemas(connection: sa.Connection, database: Database) -> Iterator[str]:
    there = set(connection.scalars(sa.text("select nspname from pg_catalog.pg_namespace")))
    missing = [schema for schema in SCHEMAS if schema not in there]
    by_superuser = connection.scalar(sa.text("select rolsuper from pg_catalog.pg_roles where rolname = current_user"))
    if missing and not by_superuser:
        for role in {SCHEMAS[schema]: None for schema in missing}:
            yield f"grant {quoted(database.user(role))} to current_user"
    for schema in missing:
        yield f"create schema {schema} authorization {quoted(database.user(SCHEMAS[schema]))}"
