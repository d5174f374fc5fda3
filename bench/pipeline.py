"""The whole job through Salesforce's API at a number of deals: a first run, a day's changes, nothing new.

`python -m bench.pipeline --deals 10000 --deals 1000000`
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from attain import demo_company, migrate, postgres, server
from attain.demo_company import COMPANY
from attain.settings import Settings
from bench import lean, results
from bench.machine import Watch, folder_megabytes
from bench.steps import PUBLISH
from bench.workplace import asked_folder, workplace

CHANGED = "a day's changes (0.5 % of deals)"
RUNS = ("first run", CHANGED, "nothing new")
_SHARE = 0.005
_SIZES = """
    select n.nspname, round(sum(pg_total_relation_size(c.oid)) / 1048576.0, 1)
    from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm', 'p') and n.nspname in ('raw', 'staging', 'core', 'marts', 'ops', 'reporting')
    group by 1 order by 1
"""


@dataclass
class Place:
    """A home with its server and its demo company at work."""

    settings: Settings
    deals: int
    postmaster: int
    demo: int

    def run(self, what: str, *more: str) -> dict[str, Any]:
        """One run of the job in a process of its own, told step by step; `more` as `bench.steps` takes it."""
        load = os.getloadavg()[0]
        command = [sys.executable, "-m", "bench.steps", str(self.postmaster), str(self.demo), *more]
        environment = os.environ | {"ATTAIN_HOME": str(self.settings.home), "ATTAIN_COMPANY": COMPANY}
        log = self.settings.home / "bench.log"
        steps = []
        print(f"\n{self.deals:,} deals, {what} (load {load:.1f})", flush=True)
        with log.open("ab") as errors:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment, text=True)
            assert process.stdout is not None
            with Watch({"run": process.pid, "demo": self.demo}, self.postmaster) as watch:
                for line in process.stdout:
                    steps.append(json.loads(line))
                    print(_told(steps[-1]), flush=True)
        if process.wait():
            sys.exit(f"{what} failed:\n{log.read_text(encoding='utf-8')[-3000:]}")
        total = {
            name: round(sum(step[name] for step in steps if step["step"] != PUBLISH), 1)
            for name in ("wall", "cpu_own", "cpu_server")
        }
        print(_told({"step": "all", **total, "cpu_demo": 0.0}), flush=True)
        return {"what": what, "load": [load, os.getloadavg()[0]], "steps": steps, "total": total, "peak": watch.peak}

    def advance(self) -> None:
        """Let time pass until half a per cent of the deals has changed."""
        demo_company.advance(self.settings, f"{lean.minutes_for(self.settings.home / 'demo', _SHARE)}m")

    def disk(self) -> dict[str, float]:
        """Megabytes of each schema, and of the home's folders."""
        database = migrate.connect(self.settings)
        with postgres.transaction(postgres.engine(database, "owner")) as connection:
            sizes = {name: float(size) for name, size in connection.execute(sa.text(_SIZES))}
        running = server.status(self.settings.home)
        assert running.data is not None
        sizes["server's folder, logs included"] = folder_megabytes([running.data])
        sizes["home: reports, runs"] = folder_megabytes([self.settings.home / "reports", self.settings.home / "runs"])
        return sizes


@contextmanager
def place(settings: Settings, deals: int) -> Iterator[Place]:
    """A lean company of so many deals served, and the server of its warehouse started; both ended at the end."""
    folder = settings.home / "demo"
    if not (folder / "state.json").exists():
        built = lean.build(folder, deals)
        print(f"{built.deals:,} deals drawn, {built.history_rows:.2f} history rows each", flush=True)
    demo_company.build(settings, None, None)
    try:
        server.start(settings.home)
        demo_company.start(settings)
        yield Place(settings, deals, _postmaster(settings), _demo(folder))
    finally:
        demo_company.stop(settings)
        server.stop(settings.home)


def measure(settings: Settings, deals: int, folder: Path, wanted: Sequence[str] = RUNS) -> None:
    """The runs asked for; saved after each, so that one that is cut short has told something."""
    measured: dict[str, Any] = {"deals": deals, "runs": []}
    with place(settings, deals) as at_work:
        for what in wanted:
            changed = what == CHANGED
            if changed:
                at_work.advance()
            run = at_work.run(what, *([PUBLISH] if changed else []))
            trials = [step for step in run["steps"] if step["step"] == PUBLISH]
            run["steps"] = [step for step in run["steps"] if step["step"] != PUBLISH]
            for step in trials:
                results.save(folder, f"publish-{deals}", {"deals": deals, **step["detail"]})
            measured["runs"].append(run)
            measured["disk"] = at_work.disk()
            results.save(folder, f"pipeline-{deals}", measured)


def _postmaster(settings: Settings) -> int:
    found = server.status(settings.home).pid
    assert found is not None
    return found


def _demo(folder: Path) -> int:
    """The process that serves this company."""
    words = ["demo", "serve", str(folder)]
    for process in psutil.process_iter(["pid", "cmdline"]):
        if all(word in (process.info["cmdline"] or []) for word in words):
            return int(process.info["pid"])
    sys.exit(f"no process serves {folder}")


def _told(step: dict[str, Any]) -> str:
    return (
        f"  {step['step']:<22} {step['wall']:>8.1f} s  CPU {step['cpu_own']:>7.1f} s, PostgreSQL {step['cpu_server']:>7.1f} s,"
        f" demo {step['cpu_demo']:>6.1f} s"
    )


def main() -> None:
    """Measure at each size asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, action="append")
    parser.add_argument("--results", type=Path, default=None)
    parser.add_argument("--keep", type=Path, default=None, help="a home to keep instead of a temporary one")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to end"))
    for deals in asked.deals or [10_000, 1_000_000]:
        with workplace(asked.keep) as settings:
            measure(settings, deals, asked_folder(asked.results))


if __name__ == "__main__":
    main()
