"""The embedded PostgreSQL, on a home of its own for each test."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from attain import postgres, server, server_files
from attain.errors import DatabaseError, ServerError


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    server.remove(tmp_path)


def _scalar(running: server.Server, sql: str) -> object:
    with postgres.transaction(postgres.engine_of(running.url(), "test")) as connection:
        return connection.scalar(sa.text(sql))


def _execute(running: server.Server, sql: str) -> None:
    with postgres.transaction(postgres.engine_of(running.url(), "test")) as connection:
        connection.execute(sa.text(sql))


def test_killed_server_comes_back_with_its_port_and_its_data(home: Path) -> None:
    """kill -9 of the postmaster loses neither a committed row nor the port that BI tools saved."""
    first = server.start(home)
    _execute(first, "create table kept as select generate_series(1, 1000) as n")
    pid = server.status(home).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    second = server.start(home)
    assert second.port == first.port
    assert _scalar(second, "select count(*) from kept") == 1000


def test_restart_keeps_port_and_password(home: Path) -> None:
    first = server.start(home)
    server.stop(home)
    assert not server.status(home).running
    second = server.start(home)
    assert (second.port, second.password) == (first.port, first.password)


def test_start_of_a_running_server_changes_nothing(home: Path) -> None:
    server.start(home)
    before = server.status(home)
    server.start(home)
    assert server.status(home) == before


def test_lock_file_whose_process_id_belongs_to_another_program_is_no_obstacle(home: Path) -> None:
    """After a reboot the old process id may be anybody's, here our own."""
    server.start(home)
    data = server.status(home).data
    assert data is not None
    content = (data / "postmaster.pid").read_text(encoding="utf-8")
    server.stop(home)
    lock = data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{content.split(chr(10), 1)[1]}", encoding="utf-8")
    server_files.account(home).own(lock)
    assert _scalar(server.start(home), "select 1") == 1


def test_wrong_password_is_refused(home: Path) -> None:
    running = server.start(home)
    with pytest.raises(DatabaseError, match="password authentication failed") as caught:
        _scalar(replace(running, password="guessed"), "select 1")
    assert "guessed" not in str(caught.value)


def test_lost_secrets_are_said_so_and_the_data_left_alone(home: Path) -> None:
    server.start(home)
    (home / "secrets.json").unlink()
    with pytest.raises(ServerError, match=r"refuses the password in .*secrets\.json"):
        server.start(home)
    assert server.status(home).running


def test_only_the_loopback_address_and_no_socket(home: Path) -> None:
    running = server.start(home)
    assert _scalar(running, "show listen_addresses") == "127.0.0.1"
    assert _scalar(running, "show unix_socket_directories") == ""
    trusting = "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'"
    assert _scalar(running, trusting) == 0


def test_secrets_are_for_their_user_only(home: Path) -> None:
    server.start(home)
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600


def test_password_is_shown_nowhere(home: Path) -> None:
    running = server.start(home)
    assert running.password not in repr(running)
    assert running.password not in str(running.url())


def test_taken_port_is_said_so(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    port = server.start(home).port
    (other / "server.json").write_text(f'{{"port": {port}}}', encoding="utf-8")
    try:
        with pytest.raises(ServerError, match=f"port {port} is taken"):
            server.start(other)
    finally:
        server.remove(other)


def test_first_command_to_end_leaves_the_server_to_the_other(home: Path) -> None:
    """Two commands in one home: the server goes with the last of them, also when the first was killed."""
    ask = (
        "import sys; from pathlib import Path; from attain import server\n"
        "with server.used(Path(sys.argv[1])): print(server.start(Path(sys.argv[1])).port, flush=True); sys.stdin.read()"
    )

    def command() -> "subprocess.Popen[str]":
        started = subprocess.Popen(
            [sys.executable, "-c", ask, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert started.stdout is not None
        assert started.stdout.readline()
        return started

    first, second, third = command(), command(), command()
    first.communicate(timeout=30)
    assert server.status(home).running
    second.kill()
    second.communicate(timeout=30)
    assert server.status(home).running
    third.communicate(timeout=30)
    assert not server.status(home).running


def test_a_server_that_mends_itself_is_waited_for(home: Path) -> None:
    """After a killed session it takes no one for a while; it is not another program on its port."""
    started = server.start(home)
    pid = server.status(home).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    later = threading.Timer(8, os.kill, (pid, signal.SIGCONT))
    later.start()
    try:
        assert server.start(home) == started
    finally:
        later.join()
    assert server.status(home).pid == pid
