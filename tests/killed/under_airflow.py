"""The same job through Airflow: one of its services, the process of a task, or the database ended in a task."""

import os
import signal
import time

import psutil
import sqlalchemy as sa

from attain import airflow, airflow_processes, postgres
from tests.killed import reading
from tests.killed.ground import STEP_SECONDS, Ground
from tests.killed.moments import Moment
from tests.killed.outcome import Outcome
from tests.killed.process import Command, Told

_COMMAND = "from attain.cli import app; app()"
_LONGEST = 900


def start(ground: Ground) -> Told:
    """`attain run --airflow` for the ground's company."""
    options = ("run", "--airflow", "--company", ground.settings.company)
    return Command("-c", _COMMAND, *options, environment=ground.environment | {"COLUMNS": "200", "TERM": "dumb"})


def line_of(step: str) -> str:
    """What the command says when Airflow begins the task of a step."""
    verb, _, rest = step.partition(" ")
    name = f"extract: {rest}" if verb == "extract" else f"{rest}: {verb}" if rest else verb
    return f"▸ {name} at work"


def disturb(ground: Ground, moment: Moment, share: float, outcome: Outcome) -> None:
    """Start it, wait for the moment, kill, and wait for the command's own end."""
    command = start(ground)
    try:
        if not command.until(line_of(moment.step), STEP_SECONDS):
            raise RuntimeError(f"Airflow did not begin {moment.step}: {' | '.join(command.lines[-3:])}")
        time.sleep(share * ground.reference.seconds[moment.step])
        outcome.happened = f"{_kill(ground, moment)} after {command.last!r}"
        began = time.monotonic()
        code = command.wait(_LONGEST)
        if code is None:
            outcome.problems.append(f"the command went on for {_LONGEST} s")
        outcome.through = code == 0
        said = next((line for line in reversed(command.lines) if "Error" in line or "Failed" in line), "")
        outcome.happened += (
            f", ended {code} after {time.monotonic() - began:.0f} s {'' if outcome.through else said[:160]}"
        )
    finally:
        if not command.ended:
            command.close()
            airflow.stop(ground.settings)


def _kill(ground: Ground, moment: Moment) -> str:
    what = moment.kind.removeprefix("kill ")
    if what == "database of Airflow":
        ground.kill_database()
    elif what == "task":
        os.kill(_task(ground), signal.SIGKILL)
    else:
        os.kill(airflow_processes._remembered(ground.settings.home)[what].pid, signal.SIGKILL)
    return f"{what} killed"


def _task(ground: Ground) -> int:
    """The process that holds the step's lock: the one at the other end of that session's socket."""
    asked = sa.text(
        "select a.client_port from pg_locks l join pg_stat_activity a using (pid) "
        "where l.locktype = 'advisory' and l.mode = 'ShareLock' and a.application_name <> :reader limit 1"
    )
    deadline = time.monotonic() + STEP_SECONDS
    while time.monotonic() < deadline:
        with postgres.transaction(postgres.engine(ground.database, "loader")) as connection:
            port = connection.scalar(asked, {"reader": reading.APPLICATION})
        for found in psutil.net_connections("tcp4") if port else ():
            if found.laddr and found.laddr.port == port and found.pid:
                return int(found.pid)
        time.sleep(0.05)
    raise RuntimeError("no task holds a step's lock")
