"""Publishing a day's changes: by the run mark beside comparing everything, while readers poll.

`python -m bench.publish --deals 100000`: a first run, a day's changes up to the marts, then both ways of publishing in
turn, each rolled back, and at last the publication itself.
"""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from attain import job, marts, publish
from attain.demo_company import COMPANY
from attain.postgres import engine, transaction
from attain.runs import check_lease
from bench.results import goal

REPEATS = 3
_READERS = 2
_SHARE, _WAIT = 1 / 3, 10.0


def measure(run_id: int) -> dict[str, Any]:
    """Both ways in turn on the marts of a run that is about to publish, the best of each; nothing is changed.

    Readers poll in trials of their own: where cores are few they would slow the one way and not the other.
    """
    quiet = _read_while(lambda: time.sleep(3))
    marked, whole, waits = [], [], []
    for _ in range(REPEATS):
        whole.append(_trial(run_id, whole=True))
        marked.append(_trial(run_id, whole=False))
        waits += _read_while(lambda: _trial(run_id, whole=False))
    ratio = min(each["seconds"] for each in marked) / min(each["seconds"] for each in whole)
    told = {
        "marked": marked, "whole": whole, "ratio": ratio, "readers": _told(waits), "readers_without": _told(quiet),
        "goals": [
            goal("publishing a day's changes, beside comparing everything", ratio, round(_SHARE, 3), at_most=True),
            goal("readers' p99 while it is published, ms", _p99(waits), _WAIT, at_most=True, note=f"{_p99(quiet):.1f} ms without a publication"),
        ],
    }  # fmt: skip
    slowest = sorted(marked[-1]["tables"].items(), key=lambda each: -each[1])[:8]
    print("  slowest tables by the run mark:", ", ".join(f"{name} {seconds:.2f} s" for name, seconds in slowest))
    return told


def _trial(run_id: int, *, whole: bool) -> dict[str, Any]:
    """Carry everything over as `attain.publish` does, then roll back; seconds in all and by table."""
    chosen, database, run = job._at(COMPANY, run_id)  # noqa: SLF001 - the steps of a publication, without its end
    tables = [mart for mart in marts.read(chosen.run_folder(run_id)) if mart.view_sql is None]
    known = publish._unpublished_after  # noqa: SLF001
    try:
        if whole:
            publish._unpublished_after = lambda *_: None  # noqa: SLF001
        with transaction(engine(database, "publisher")) as connection:
            check_lease(connection, run)
            connection.execute(sa.text("set local work_mem = '64MB'"))
            trial = connection.begin_nested()
            started = time.perf_counter()
            carried, by_table = publish._carry_all(connection, run, tables)  # noqa: SLF001
            seconds = time.perf_counter() - started
            trial.rollback()
    finally:
        publish._unpublished_after = known  # noqa: SLF001
    rows = sum(each.rows_inserted + each.rows_updated + each.rows_deleted for each in carried.values())
    return {"seconds": seconds, "tables": by_table, "rows": rows}


def _read_while(work: Callable[[], object]) -> list[float]:
    """Milliseconds that readers in processes of their own waited for each query while the work was done."""
    address = job.opened(COMPANY)[1].libpq_uri("analyst")
    readers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.reader"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(_READERS)
    ]
    waits: list[float] = []
    try:
        for reader in readers:
            assert reader.stdin is not None
            assert reader.stdout is not None
            reader.stdin.write(address + "\n")
            reader.stdin.flush()
            reader.stdout.readline()
        work()
    finally:
        for reader in readers:
            printed, _ = reader.communicate()
            waits += json.loads(printed.splitlines()[-1]) if printed.strip() else []
    return waits


def _told(waits: list[float]) -> dict[str, float]:
    return {"queries": len(waits), "median": statistics.median(waits), "p99": _p99(waits), "most": max(waits)}


def _p99(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=100)[98]


def main() -> None:
    """A first run, a day's changes, and the measurement."""
    from bench import pipeline
    from bench.workplace import asked_folder, workplace

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=100_000)
    parser.add_argument("--results", type=Path, default=None)
    parser.add_argument("--keep", type=Path, default=None, help="a home to keep instead of a temporary one")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to end"))
    with workplace(asked.keep) as settings:
        pipeline.measure(settings, asked.deals, asked_folder(asked.results), pipeline.RUNS[:2])


if __name__ == "__main__":
    main()
