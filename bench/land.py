"""`make bench`: landing beside psql's COPY of the same file, beside COPY and the same merge, and beside dlt, as ratios.

Every contender runs in turn, several times over, against a server of this benchmark's own; the best of each counts,
since a busy machine only ever makes things slower.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from attain import migrate, postgres, runs, server, server_files
from attain.settings import Database, Settings
from bench import results
from bench.contenders import describe
from bench.data import TABLE, write
from bench.workplace import asked_folder

_PEER_SCHEMAS = ("dlt", "dlt_staging")


@dataclass
class Measured:
    """Seconds of each repetition, and the most memory the process ever held."""

    seconds: list[float] = field(default_factory=list)
    megabytes: float = 0.0

    @property
    def best(self) -> float:
        return min(self.seconds)


@dataclass(frozen=True)
class Round:
    """Contenders that start from the same state and read the same file.

    Args:
        first: a contender that fills the table before, outside the measurement; None starts from nothing.
        goal: least ratio of rows/s to the other's.
    """

    title: str
    ours: str
    other: str
    goal: float
    changed: bool = False

    @property
    def names(self) -> tuple[str, str]:
        return (self.ours, self.other)


ROUNDS = (
    Round("COPY alone, beside psql's \\copy", "copy_by_landing", "copy_by_psql", 0.9),
    Round("first load, beside \\copy and the same merge", "merge_by_landing", "merge_by_psql", 1.0),
    Round("5 % changed, beside \\copy and the same merge", "merge_by_landing", "merge_by_psql", 1.0, changed=True),
    Round("first load, beside dlt's append", "merge_by_landing", "append_by_dlt", 1.5),
    Round("first load, beside dlt's merge", "merge_by_landing", "merge_by_dlt", 1.5),
    Round("5 % changed, beside dlt's merge", "merge_by_landing", "merge_by_dlt", 1.5, changed=True),
)


class Bench:
    """The server, the files and the runs of one benchmark."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.folder = folder
        self.rows = rows
        self.home = folder / "home"
        self.home.mkdir()
        self.database: Database = migrate.prepare(Settings(self.home, "bench"), ())
        self.run = runs.begin(self.database, "bench", "bench", "bench")
        self.psql = str(server_files.programs(server_files.account(self.home)) / "psql")
        self.first, self.second = folder / "first.csv", folder / "second.csv"
        write(self.first, rows)
        write(self.second, rows, changed=0.05)

    def measure(self, name: str, *, changed: bool, into: Measured) -> None:
        """One repetition of one contender from a fresh start."""
        self._reset()
        if changed:
            self._process(name, self.first)
        seconds, megabytes = self._process(name, self.second if changed else self.first)
        into.seconds.append(seconds)
        into.megabytes = max(into.megabytes, megabytes)

    def close(self) -> None:
        """Stop the server and remove its data."""
        server.remove(self.home)

    def _process(self, name: str, file: Path) -> tuple[float, float]:
        command = [sys.executable, "-m", "bench.contenders", name, str(file)]
        with (self.folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=self._environment()
            )
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(describe(self.database, self.run).encode())
            process.stdin.close()
            printed = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if status:
            sys.exit(f"{name} failed:\n{(self.folder / 'log').read_text()[-3000:]}")
        return float(json.loads(printed.splitlines()[-1])), usage.ru_maxrss / 1024

    def _environment(self) -> Mapping[str, str]:
        return os.environ | {
            "BENCH_PSQL": self.psql,
            "BENCH_DLT_FOLDER": str(self.folder / "dlt"),
            "DLT_DATA_DIR": str(self.folder / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "RUNTIME__LOG_LEVEL": "ERROR",
        }

    def _reset(self) -> None:
        """Empty raw, and empty schemas for the peer, which may not make its own here."""
        shutil.rmtree(self.folder / "dlt", ignore_errors=True)
        administrator = postgres.engine_of(server.start(self.home).url(self.database.name), "bench")
        with postgres.transaction(administrator) as connection:
            for name in sa.inspect(connection).get_table_names(schema="raw"):
                connection.execute(sa.text(f'drop table raw."{name}" cascade'))
            for schema in _PEER_SCHEMAS:
                connection.execute(sa.text(f"drop schema if exists {schema} cascade"))
                connection.execute(sa.text(f"create schema {schema} authorization {self.database.user('owner')}"))
        with postgres.autocommit(administrator) as connection:
            connection.execute(sa.text("checkpoint"))


def main() -> None:
    """Measure every round and print it as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--results", type=Path, default=None)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to end"))  # so that the server ends with it
    folder = Path(tempfile.mkdtemp(prefix="attain-bench-"))
    folder.chmod(0o711)
    bench = None
    try:
        bench = Bench(folder, asked.rows)
        print(f"{asked.rows:,} rows, {len(TABLE.columns)} columns, {bench.first.stat().st_size / 2**20:,.0f} MB of CSV")
        goals = _measure_all(bench, asked.repeat)
        results.save(asked_folder(asked.results), "land", {"rows": asked.rows, "goals": goals})
    finally:
        if bench is not None:
            bench.close()
        shutil.rmtree(folder, ignore_errors=True)


def _measure_all(bench: Bench, repeat: int) -> list[dict[str, Any]]:
    found: dict[tuple[str, bool], Measured] = {}
    goals = []
    for entry in ROUNDS:
        wanted = [name for name in entry.names if (name, entry.changed) not in found]
        for name in wanted:
            found[name, entry.changed] = Measured()
        for _ in range(repeat):
            for name in wanted:
                bench.measure(name, changed=entry.changed, into=found[name, entry.changed])
        ours, other = (found[name, entry.changed] for name in entry.names)
        note = (
            f"{bench.rows / ours.best:,.0f} rows/s beside {bench.rows / other.best:,.0f}; {ours.megabytes:,.0f} MB beside "
            f"{other.megabytes:,.0f}"
        )
        goals.append(results.goal(entry.title, other.best / ours.best, entry.goal, note=note))
    return goals


if __name__ == "__main__":
    main()
