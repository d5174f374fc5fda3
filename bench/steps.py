"""The steps of one run in this process, as `attain run` does them: a line of JSON for each on standard output.

`python -m bench.steps POSTMASTER DEMO [publish]`: process ids whose CPU seconds are told beside our own; with `publish
trials` both ways of publishing are measured before the publication.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from attain import job
from attain.demo_company import COMPANY
from bench import publish
from bench.machine import own_cpu, process_cpu, server_cpu

Work = Callable[[], Any]
PUBLISH = "publish trials"


def steps(*, with_publish: bool) -> Iterator[tuple[str, Work]]:
    """Name and work of each step, in the order of `attain.job.run_bare`."""
    begun: list[int] = []
    yield "begin", lambda: begun.append(job.begin(COMPANY, "bench", "bench"))
    run = begun[0]
    for source in job.sources(COMPANY):
        yield f"extract {source}", partial(job.extract, COMPANY, run, source)
    job.settle_clock(COMPANY, run)
    yield "validate raw", partial(job.validate, COMPANY, run, "raw")
    for stage in job.STAGES:
        yield f"transform {stage}", partial(job.transform, COMPANY, run, stage)
        if stage in job.CHECKED:
            yield f"validate {stage}", partial(job.validate, COMPANY, run, stage)
    if with_publish:
        yield PUBLISH, partial(publish.measure, run)
    yield "publish", partial(job.publish, COMPANY, run)
    yield "report", partial(job.report, COMPANY, run)
    yield "finish", partial(job.finish, COMPANY, run)


def measured(name: str, work: Work, postmaster: int, demo: int) -> dict[str, Any]:
    """Do a step; what it cost and what it told."""
    before = time.perf_counter(), own_cpu(), server_cpu(postmaster), process_cpu(demo)
    detail = work()
    after = time.perf_counter(), own_cpu(), server_cpu(postmaster), process_cpu(demo)
    wall, own, server, source = (round(b - a, 2) for a, b in zip(before, after, strict=True))
    return {"step": name, "wall": wall, "cpu_own": own, "cpu_server": server, "cpu_demo": source, "detail": detail}


def main() -> None:
    """Do one run and tell of it."""
    postmaster, demo = int(sys.argv[1]), int(sys.argv[2])
    answers, sys.stdout = sys.stdout, sys.stderr
    for name, work in steps(with_publish=PUBLISH in sys.argv):
        print(json.dumps(measured(name, work, postmaster, demo), default=str), file=answers, flush=True)


if __name__ == "__main__":
    main()
