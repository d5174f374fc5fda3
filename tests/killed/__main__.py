"""`python -m tests.killed`: disturb the main job at many moments, run it again after each, and compare.

Prints one line per moment; with `--write` the table goes into `docs/killed.md`, between its marks. The exit code is 1
when any moment ended otherwise than an undisturbed run.
"""

import argparse
import queue
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from attain.airflow_processes import ended_with_us
from attain.settings import Settings
from tests.killed import disks, disturb, moments, table
from tests.killed import outcome as outcome_file
from tests.killed.ground import Ground
from tests.killed.moments import Moment
from tests.killed.outcome import Outcome

COMPANY = "demo"


def main() -> int:
    """Plan, work in parallel, print, write."""
    asked = _arguments()
    began, done = time.monotonic(), outcome_file.read(asked.results)
    if asked.moments == 0:
        return _told(asked, done, None)
    with ended_with_us(), _grounds(asked.workers, asked.scale, asked.past) as grounds:
        without = frozenset() if all(ground.mounts for ground in grounds) else moments.DISK
        if without:
            say("disks: mounting one needs root on Linux, so none is filled here")
        if not asked.airflow:
            without |= moments.AIRFLOW
        planned = moments.plan(asked.seed, asked.moments, grounds[0].steps, without)
        there = {outcome.moment for outcome in done}
        planned = [m for m in planned if m not in there and (not asked.only or m.number in asked.only)]
        say(f"prepared in {time.monotonic() - began:.0f} s; seed {asked.seed}, {len(planned)} moments")
        _work(grounds, moments.chains(planned, grounds[0].steps), done, asked.results)
    return _told(asked, done, (time.monotonic() - began) / 60)


def _told(asked: argparse.Namespace, done: list[Outcome], minutes: float | None) -> int:
    done.sort(key=lambda outcome: outcome.moment.number)
    outcome_file.write(asked.results, done)
    say(table.summary(done, asked.seed, minutes))
    if asked.write:
        table.write(done, asked.seed, minutes, asked.scale)
    return int(any(outcome.problems for outcome in done) or not done)


def say(text: str) -> None:
    """A line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.killed", description=__doc__)
    parser.add_argument("--moments", type=int, default=50, help="0 only tells of what --results holds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, help="keep what came of each here, and do not repeat what is there")
    parser.add_argument("--only", type=int, nargs="*", help="of the seed's moments, only these numbers")
    parser.add_argument("--scale", default="100", help="deals of the demo company")
    parser.add_argument("--past", default="9d", help="how much time passes before the run that is disturbed")
    parser.add_argument("--workers", type=int, default=2, help="homes to work in at once")
    parser.add_argument("--no-airflow", dest="airflow", action="store_false")
    parser.add_argument("--write", action="store_true", help="write the table into docs/killed.md")
    return parser.parse_args()


@contextmanager
def _grounds(count: int, scale: str, past: str) -> Iterator[list[Ground]]:
    """Homes of their own, prepared at the same time, and taken away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="attain-killed-"))
    grounds = []
    for number in range(count):
        home, scratch = folder / f"home{number}", folder / f"tmp{number}"
        scratch.mkdir()
        grounds.append(Ground(Settings(home, COMPANY), scratch))
    try:
        problems: list[BaseException] = []
        _together([partial(_prepare, ground, scale, past, problems) for ground in grounds])
        if problems:
            raise problems[0]
        yield grounds
    finally:
        for ground in grounds:
            ground.close()
            disks.unmount(ground)
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(ground: Ground, scale: str, past: str, problems: list[BaseException]) -> None:
    try:
        if disks.possible():
            disks.mount(ground)
        ground.prepare(scale, past)
        disks.tighten(ground)
    except BaseException as error:  # noqa: BLE001 - raised by whoever started the thread
        problems.append(error)


def _work(grounds: list[Ground], chains: list[list[Moment]], done: list[Outcome], results: Path | None) -> None:
    waiting: queue.Queue[list[Moment]] = queue.Queue()
    for chain in chains:
        waiting.put(chain)
    of = len(done) + sum(len(chain) for chain in chains)

    def one(ground: Ground) -> None:
        while True:
            try:
                chain = waiting.get_nowait()
            except queue.Empty:
                return
            began = time.monotonic()
            outcomes = _performed(ground, chain)
            for outcome in outcomes:
                done.append(outcome)
                outcome_file.write(results, done)
                say(table.line(outcome, time.monotonic() - began, len(done), of))
            left = chain[len(outcomes) :]  # a run went through, so none followed to be disturbed
            if left:
                waiting.put(left)

    _together([partial(one, ground) for ground in grounds])


def _performed(ground: Ground, chain: list[Moment]) -> list[Outcome]:
    try:
        return disturb.perform(ground, chain)
    except Exception as error:  # noqa: BLE001 - a moment of the table like any other
        told = f"the harness met {type(error).__name__}: {error}"[:400]
        return [Outcome(moment, problems=[told]) for moment in chain]


def _together(works: Iterable[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
