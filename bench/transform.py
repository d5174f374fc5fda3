"""What building the models costs, and how that grows: PostgreSQL's CPU of a full build and of a day's changes.

`python -m bench.transform --deals 10000 --deals 100000 --deals 1000000`
"""

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from attain import migrate, ops, postgres, runs, transform
from attain.runs import Run
from attain.settings import Database
from bench import pipeline, results
from bench.machine import own_cpu, server_cpu
from bench.pipeline import Place
from bench.workplace import asked_folder, workplace

# The marts a company looks at day by day, and what they stand on.
FOUR_MARTS = ("path:models/core", *(f"path:models/marts/{name}" for name in ("funnel", "pipeline", "kpi", "goals")))
# What the most used Salesforce package answers: deals enriched, owners' and managers' performance, the pipeline by day.
COMMON_ANSWERS = (
    "pipeline_deals", "pipeline_current", "kpi_rep_period", "kpi_team_period", "kpi_company_period", "pipeline_daily_changes",
    "pipeline_daily",
)  # fmt: skip
_SLOWEST = 10
_COMMON_SECONDS_PER_MILLION = 15
_WHOLE_TIMES_COMMON = 10
_SHARE_OF_A_DAY = 0.1


def measure(deals: int, at_work: Place, folder: Path) -> dict[str, Any]:
    """A first run, the models built anew one after another, and a day's changes; saved as one part."""
    first = at_work.run("first run")
    database = migrate.connect(at_work.settings)
    built = {
        "four marts": built_anew(at_work, database, FOUR_MARTS),
        "common answers": built_anew(at_work, database, COMMON_ANSWERS),
    }
    disk = at_work.disk()
    at_work.advance()
    changed = at_work.run(pipeline.CHANGED)
    told = {
        "deals": deals, "first": transforms(first), "changed": transforms(changed), "built": built, "disk": disk,
        "goals": list(goals(deals, built, transforms(changed))),
    }  # fmt: skip
    results.save(folder, f"transform-{deals}", told)
    return told


def built_anew(at_work: Place, database: Database, selection: Sequence[str]) -> dict[str, Any]:
    """The models selected, rebuilt by one session: wall, our CPU, PostgreSQL's, and the slowest."""
    target = at_work.settings.home / "bench-target"
    command = [
        sys.executable, "-m", "dbt.cli.main", "--quiet", "run", "--full-refresh", "--threads", "1",
        "--project-dir", str(transform.PROJECT), "--profiles-dir", str(transform.PROJECT), "--target-path", str(target),
        "--log-path", str(target / "logs"), "--select", *selection,
    ]  # fmt: skip
    environment = transform._environment(database, _last(database))  # noqa: SLF001 - the same session as a run's
    before = time.perf_counter(), own_cpu(), server_cpu(at_work.postmaster)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    after = time.perf_counter(), own_cpu(), server_cpu(at_work.postmaster)
    if done.returncode:
        sys.exit(f"dbt failed:\n{done.stdout[-3000:]}")
    wall, own, server = (round(b - a, 1) for a, b in zip(before, after, strict=True))
    found = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    seconds = sorted(((r["execution_time"], r["unique_id"].split(".")[2]) for r in found), reverse=True)
    print(f"  {len(found)} models: {wall} s, CPU {own} s, PostgreSQL {server} s", flush=True)
    slowest = {name: round(each, 1) for each, name in seconds[:_SLOWEST]}
    return {"models": len(found), "wall": wall, "cpu_own": own, "cpu_server": server, "slowest": slowest}


def transforms(run: Mapping[str, Any]) -> dict[str, Any]:
    """What the stages of dbt took of a run."""
    steps = [step for step in run["steps"] if step["step"].startswith("transform")]
    return {name: round(sum(step[name] for step in steps), 1) for name in ("wall", "cpu_own", "cpu_server")}


def goals(deals: int, built: Mapping[str, Any], changed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The goals of a million deals, held against each size in proportion."""
    common = _COMMON_SECONDS_PER_MILLION * deals / 1_000_000
    whole = built["four marts"]["cpu_server"]
    yield results.goal("common answers, PostgreSQL CPU s", built["common answers"]["cpu_server"], common, at_most=True)
    yield results.goal("four marts, PostgreSQL CPU s", whole, common * _WHOLE_TIMES_COMMON, at_most=True)
    yield results.goal(
        "a day's changes beside the four marts", changed["cpu_server"] / whole, _SHARE_OF_A_DAY, at_most=True
    )


def exponents(found: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int, float]]:
    """From one size to the next: both sizes, and the power of the size that PostgreSQL's CPU grows with."""
    for small, large in pairwise(sorted(found, key=lambda each: each["deals"])):
        seconds = [each["built"]["four marts"]["cpu_server"] for each in (small, large)]
        yield (
            small["deals"],
            large["deals"],
            math.log(seconds[1] / seconds[0]) / math.log(large["deals"] / small["deals"]),
        )


def _last(database: Database) -> Run:
    with postgres.transaction(postgres.engine(database, "loader")) as connection:
        newest = connection.scalar(sa.select(sa.func.max(ops.runs.c.run_id)))
    return runs.load(database, newest)


def main() -> None:
    """Measure at each size asked for, and tell how it grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, action="append")
    parser.add_argument("--results", type=Path, default=None)
    parser.add_argument("--keep", type=Path, default=None, help="a home to keep instead of a temporary one")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("asked to end"))
    told = []
    for deals in asked.deals or [10_000, 100_000, 1_000_000]:
        print(f"load {os.getloadavg()[0]:.1f}")
        with workplace(asked.keep) as settings, pipeline.place(settings, deals) as at_work:
            told.append(measure(deals, at_work, asked_folder(asked.results)))
    for small, large, power in exponents(told):
        print(f"from {small:,} to {large:,} deals PostgreSQL's CPU grows with the power {power:.2f} of the deals")


if __name__ == "__main__":
    main()
