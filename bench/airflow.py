"""What Airflow adds: the same kind of run bare and through the company's DAG, one after the other.

`python -m bench.airflow --deals 10000`: a first run bare, then in turn bare and by Airflow: a day's changes, nothing new.
Starting Airflow's services is apart, for they stay.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import Any

from attain import airflow, airflow_processes
from attain.airflow import Airflow
from attain.settings import Settings, database_name
from bench import results
from bench.machine import ended_and_own_cpu, server_cpu
from bench.pipeline import CHANGED, RUNS, Place, place
from bench.results import goal
from bench.workplace import asked_folder, workplace

_LIMIT = 0.15
_NOTHING = RUNS[-1]


def measure(settings: Settings, deals: int, folder: Path) -> None:
    """Both ways for both kinds of run, saved at the end."""
    found: dict[str, Any] = {"deals": deals, "pairs": [], "goals": []}
    with place(settings, deals) as at_work:
        at_work.run(RUNS[0])
        bare = {CHANGED: _bare(at_work, CHANGED), _NOTHING: _bare(at_work, _NOTHING)}
        started = time.perf_counter()
        with airflow.running(settings) as scheduler:
            found["start_seconds"] = round(time.perf_counter() - started, 1)
            for what, alone in bare.items():
                found["pairs"].append({"what": what, "bare": alone, "airflow": _by_airflow(at_work, scheduler, what)})
    for pair in found["pairs"]:
        for unit in ("wall", "cpu"):
            more = pair["airflow"][unit] / pair["bare"][unit] - 1
            note = f"{pair['airflow'][unit]:.0f} s beside {pair['bare'][unit]:.0f} s"
            found["goals"].append(
                goal(f"Airflow, {deals:,} deals, {pair['what']}: more {unit}", more, _LIMIT, at_most=True, note=note)
            )
    results.save(folder, f"airflow-{deals}", found)


def _bare(at_work: Place, what: str) -> dict[str, float]:
    """Wall and CPU seconds, PostgreSQL's among them."""
    if what == CHANGED:
        at_work.advance()
    total = at_work.run(what)["total"]
    return {"wall": total["wall"], "cpu": total["cpu_own"] + total["cpu_server"]}


def _by_airflow(at_work: Place, scheduler: Airflow, what: str) -> dict[str, float]:
    """The same, from the trigger to the end of the DAG run; what the services used meanwhile is Airflow's."""
    if what == CHANGED:
        at_work.advance()
    dag = database_name(at_work.settings.company)
    started, before = time.perf_counter(), _cpu(at_work)
    state = scheduler.watch(dag, scheduler.trigger(dag), lambda _: None)
    if state != "success":
        sys.exit(f"the DAG run ended {state}; see {scheduler.url}")
    found = {"wall": round(time.perf_counter() - started, 1), "cpu": round(_cpu(at_work) - before, 1)}
    print(f"  by Airflow: {what}: {found['wall']} s, CPU {found['cpu']} s", flush=True)
    return found


def _cpu(at_work: Place) -> float:
    """CPU seconds of Airflow's services with all they started, and of PostgreSQL."""
    leaders = tuple(airflow_processes._remembered(at_work.settings.home).values())  # noqa: SLF001
    members = airflow_processes._members(leaders)  # noqa: SLF001
    return sum(map(ended_and_own_cpu, members)) + server_cpu(at_work.postmaster)


def main() -> None:
    """Measure at each size asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, action="append")
    parser.add_argument("--results", type=Path, default=None)
    parser.add_argument("--keep", type=Path, default=None, help="a home to keep instead of a temporary one")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to end"))
    for deals in asked.deals or [10_000]:
        with workplace(asked.keep) as settings:
            measure(settings, deals, asked_folder(asked.results))


if __name__ == "__main__":
    main()
