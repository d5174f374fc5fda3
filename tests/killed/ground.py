"""The place where runs are disturbed: a small demo company, one undisturbed run after time has passed, and the
database as it stood before each step of that run."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import sqlalchemy as sa

from attain import airflow_processes, demo_company, migrate, postgres, server
from attain.settings import Database, Settings
from tests.killed import checks, reading
from tests.killed.child import STEP
from tests.killed.process import PROJECT, Nursery, Run
from tests.killed.reading import Publication

# A commit must outlive a killed server, so it is written before it returns; no machine loses power here, so not synced.
FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
STEP_SECONDS = 900
BEGIN = "begin"


@dataclass
class Reference:
    """The undisturbed run.

    Args:
        run_id: its number; the run after a disturbed one has the next.
        seconds: of each step.
        old, new: what was published before and after it.
        rows: every published row after it.
        inside: what the rest of the warehouse held after it (see `checks.inside`).
        files: what stood in the home after it.
    """

    run_id: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    relations: tuple[str, ...] = ()
    old: Publication = ()
    new: Publication = ()
    rows: dict[str, list[str]] = field(default_factory=dict)
    inside: dict[str, object] = field(default_factory=dict)
    files: frozenset[str] = frozenset()


@dataclass
class Ground:
    """A home of its own with all that; `prepare` it once, then `restore` the moment before a step as often as needed."""

    settings: Settings
    scratch: Path
    reference: Reference = field(default_factory=Reference)
    snapshots: list[str] = field(default_factory=list)
    mounts: dict[str, Path] = field(default_factory=dict)
    nursery: Nursery | None = None

    @property
    def database(self) -> Database:
        return migrate.connect(self.settings)

    @property
    def own(self) -> list[int]:
        """Processes of this home that are no run's: the source, and where runs are forked."""
        source = [leader.pid for leader in airflow_processes._remembered(self.settings.home / "demo").values()]
        return source + ([self.nursery.pid] if self.nursery else [])

    @property
    def environment(self) -> dict[str, str]:
        """What processes of this ground are told."""
        kept = {n: v for n, v in os.environ.items() if not n.startswith("ATTAIN_") or n == "ATTAIN_POSTGRES_PROGRAMS"}
        own = {"ATTAIN_HOME": str(self.settings.home), "TMPDIR": str(self.scratch), "PYTHONPATH": str(PROJECT)}
        return kept | own | {"PYTHONUNBUFFERED": "1"}

    @property
    def steps(self) -> list[str]:
        """The steps of a run, `begin` first."""
        return list(self.reference.seconds)

    def prepare(self, scale: str, past: str) -> None:
        """The first run, time passing in the company, and the run to be disturbed, as it goes undisturbed."""
        server.start(self.settings.home, FAST)
        demo_company.build(self.settings, scale, 42)
        demo_company.start(self.settings)
        first = self.start()
        if first.wait(600) != 0:
            raise RuntimeError("\n".join(first.lines[-15:]))
        demo_company.advance(self.settings, past)
        self.run_undisturbed()

    def start(self, *arguments: str) -> Run:
        """The company's job as a process."""
        if self.nursery is None:
            self.nursery = Nursery(self.environment)
        return self.nursery.run(self.settings.company, *arguments)

    def go_on(self, step: str) -> Run:
        """What is left of the restored run from a step on, as a process."""
        return self.start() if step == BEGIN else self.start("--from", str(self.reference.run_id), step)

    def restore(self, step: str) -> None:
        """The warehouse, the home and the source as they were just before this step of the undisturbed run."""
        server.start(self.settings.home, FAST)
        self.post_fault(None)
        name = self.snapshots[self.steps.index(step)]
        with self.administrator() as connection:
            connection.exec_driver_sql(f'drop database if exists "{self.database.name}" with (force)')
            self._copy(connection, name, self.database.name)
        for folder in self.settings.run_folder(0).parent.iterdir():
            if folder.name.isdigit() and int(folder.name) > self.reference.run_id:
                shutil.rmtree(folder)

    def post_fault(self, fault: dict[str, object] | None) -> None:
        """Give the source a fault; None takes all away."""
        address = demo_company.address(self.settings) or demo_company.start(self.settings).url
        with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
            answer = client.post("/_demo/faults", json=fault) if fault else client.delete("/_demo/faults")
            answer.raise_for_status()

    def kill_database(self) -> None:
        """kill -9 of the server's first process; the others notice by themselves."""
        pid = server.status(self.settings.home).pid
        if pid is None:
            raise RuntimeError("there is no database to kill")
        os.kill(pid, signal.SIGKILL)

    @contextmanager
    def administrator(self) -> Iterator[sa.Connection]:
        """A session outside transactions in another database of the server."""
        url = server.start(self.settings.home, FAST).url()
        with postgres.autocommit(postgres.engine_of(url, "killed")) as connection:
            yield connection

    def rest(self) -> None:
        """Start no further runs."""
        if self.nursery is not None:
            self.nursery.close()
            self.nursery = None

    def close(self) -> None:
        """End the source and the server, and delete what they kept."""
        self.rest()
        demo_company.stop(self.settings)
        server.remove(self.settings.home)

    def run_undisturbed(self) -> None:
        """The run that is disturbed afterwards, keeping the database as it is before each step."""
        reference, database = self.reference, self.database
        reference.relations = reading.relations(database)
        reference.old = reading.publication(database, reference.relations)
        child, step, began = self.start("--stepwise"), None, 0.0
        try:
            while (line := child.any_line(STEP_SECONDS)) is not None:
                if line.startswith("run "):
                    reference.run_id = int(line.split()[1])
                if not line.startswith(STEP):
                    continue
                if step:
                    reference.seconds[step] = time.monotonic() - began
                self._snapshot(len(self.snapshots))
                step, began = line.removeprefix(STEP), time.monotonic()
                child.go_on()
            if child.wait(60) != 0 or step is None:
                raise RuntimeError("\n".join(child.lines[-15:]))
            reference.seconds[step] = time.monotonic() - began
        finally:
            child.close()
        self._keep()

    def _keep(self) -> None:
        reference, database = self.reference, self.database
        reference.new = reading.publication(database, reference.relations)
        reference.rows = reading.rows(database, reference.relations)
        reference.inside = checks.inside(database)
        reference.files = checks.files(self.settings)
        if reference.new == reference.old or reading.relations(database) != reference.relations:
            raise RuntimeError("time passed, and nothing that is published changed: there is nothing to tell apart")

    def _snapshot(self, number: int) -> None:
        name = f"before_{number:02}"
        with self.administrator() as connection:
            connection.exec_driver_sql(f'drop database if exists "{name}" with (force)')
            self._copy(connection, self.database.name, name)
        self.snapshots.append(name)

    def _copy(self, connection: sa.Connection, old: str, new: str) -> None:
        owner = self.database.user("owner")
        # A session of the template may still be ending, and a checker's engine keeps one between steps.
        ended = sa.text("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = :name")
        for _ in range(5):
            connection.execute(ended, {"name": old})
            with suppress(sa.exc.OperationalError):
                connection.exec_driver_sql(
                    f'create database "{new}" template "{old}" owner "{owner}" strategy file_copy'
                )
                return
        raise RuntimeError(f"{old} is in use")
