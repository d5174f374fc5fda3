"""What is done to a run at its moment, the run after it, and what is found then."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from attain import postgres, server
from tests.killed import checks, disks, reading, under_airflow
from tests.killed.child import STEP
from tests.killed.ground import FAST, STEP_SECONDS, Ground
from tests.killed.moments import AIRFLOW, DISK, Moment
from tests.killed.outcome import Missed, Outcome
from tests.killed.process import Told
from tests.killed.reading import Reader

_LONGEST = 900
_MAY_STAND = ("airflow", ".")  # logs, settings, locks


def perform(ground: Ground, chain: Sequence[Moment]) -> list[Outcome]:
    """Restore, disturb, run again, compare, look for what is left.

    Args:
        chain: the first moment disturbs the restored run, each further one the run that follows, from its beginning.
    """
    first, reference = chain[0], ground.reference
    under = first.kind in AIRFLOW
    ground.restore(ground.steps[0] if under else first.step)
    published = not under and first.step in ground.steps[ground.steps.index("publish") + 1 :]
    reader = Reader(ground.database, reference.relations, reference.new if published else reference.old, reference.new)
    outcomes: list[Outcome] = []
    with reader:
        for moment in chain:
            began = time.monotonic()
            outcomes.append(_disturbed(ground, moment, moment is not first))
            for before in outcomes[:-1]:
                before.recovered = time.monotonic() - began
            ground.post_fault(None)
            reader.look()
            if outcomes[-1].through:
                break
        else:
            began = time.monotonic()
            _again(ground, outcomes[-1])
            for outcome in outcomes:
                outcome.recovered = time.monotonic() - began
        if reader.look() != "new":
            outcomes[-1].problems.append("what is published is not what an undisturbed run publishes")
    problems = [
        *(f"readers saw: {what}" for what in dict.fromkeys(reader.seen.wrong)),
        *_compared(ground),
        *checks.left_over(ground.database, ground.settings, ground.scratch, ground.own),
    ]
    for outcome in outcomes:
        outcome.problems += problems
        outcome.polls = reader.seen.polls
    return outcomes


def _disturbed(ground: Ground, moment: Moment, following: bool) -> Outcome:
    """The moment, earlier in the step each time that the step is over first."""
    for attempt in range(4):
        outcome = Outcome(moment)
        try:
            if moment.kind in AIRFLOW:
                under_airflow.disturb(ground, moment, moment.share / 2**attempt, outcome)
            else:
                _disturb(ground, moment, moment.share / 2**attempt, outcome, following=following)
        except Missed:
            if not following:
                ground.restore(moment.step)
        else:
            return outcome
    return Outcome(moment, "the step was over each time", problems=["missed"])


def _again(ground: Ground, outcome: Outcome) -> None:
    again = ground.start()
    code = again.wait(_LONGEST)
    if code != 0:
        outcome.problems.append(f"the run after it ended {code}: {' | '.join(again.lines[-4:])}")
    again.close()


def _compared(ground: Ground) -> list[str]:
    """Rows that are lost or doubled, in what is published and inside."""
    reference, found = ground.reference, reading.rows(ground.database, ground.reference.relations)
    problems = [
        f"reporting.{name}: {len(found[name])} rows, {len(set(rows) ^ set(found[name]))} differ"
        for name, rows in reference.rows.items() if found[name] != rows
    ]  # fmt: skip
    inside = checks.inside(ground.database)
    problems += [f"raw {name}: {inside.get(name)!r}, undisturbed {value!r}"[:300]
                 for name, value in reference.inside.items() if inside.get(name) != value]  # fmt: skip
    new = checks.files(ground.settings) - reference.files
    return problems + [f"file {name}" for name in sorted(new) if not name.startswith(_MAY_STAND)]


def _disturb(ground: Ground, moment: Moment, share: float, outcome: Outcome, *, following: bool) -> None:
    act = _ACTS.get(moment.kind) or _of_source
    told = fault(moment)
    if told:
        ground.post_fault(told)
    with _held(ground, moment) as held:
        child = ground.start() if following else ground.go_on(moment.step)
        try:
            if not child.until(STEP + moment.step, STEP_SECONDS):
                raise RuntimeError(f"{moment.step} did not begin: {' | '.join(child.lines[-3:])}")
            if act is not _of_source:
                _come_to(ground, moment, share, child, held)
                outcome.happened = f"after {child.last.removeprefix(STEP)!r}"
            act(ground, moment, share, child)
            release(held)
            code = child.wait(_LONGEST)
            if code is None:
                outcome.problems.append("the disturbed run went on")
            outcome.through = code == 0 and moment.kind not in DISK
            outcome.happened += _ended(child, code)
        finally:
            child.close()
            disks.empty(ground)


def _ended(child: Told, code: int | None) -> str:
    if code == 0:
        return " went through"
    said = next((line for line in reversed(child.lines) if "Error:" in line or ": " in line), "") if code == 1 else ""
    return f" ended {code} {said[:160]}".rstrip()


def _come_to(ground: Ground, moment: Moment, share: float, child: Told, held: sa.Connection | None) -> None:
    """Wait for the moment: blocked by the table held, or so far into the step."""
    if held is not None:
        deadline = time.monotonic() + STEP_SECONDS
        blocked = sa.text("select count(*) from pg_locks where not granted")
        while not held.scalar(blocked):
            if child.ended or time.monotonic() > deadline:
                raise Missed
            time.sleep(0.02)
        return
    time.sleep(share * ground.reference.seconds[moment.step])
    if child.ended:
        raise Missed


@contextmanager
def _held(ground: Ground, moment: Moment) -> Iterator[sa.Connection | None]:
    """A transaction that holds the moment's table, so that whoever writes it waits."""
    if moment.held is None:
        yield None
        return
    url = server.start(ground.settings.home, FAST).url(ground.database.name)
    connection = postgres.engine_of(url, reading.APPLICATION).connect()
    try:
        connection.exec_driver_sql(f"lock table {moment.held} in share mode")
        yield connection
    finally:
        release(connection)


def release(connection: sa.Connection | None) -> None:
    """Let go of what is held; the server may be gone."""
    if connection is not None and not connection.closed:
        connection.invalidate()
        connection.close()


def kill_run(_: Ground, __: Moment, ___: float, child: Told) -> None:
    child.signal(signal.SIGKILL)


def interrupt(_: Ground, __: Moment, ___: float, child: Told) -> None:
    child.signal(signal.SIGINT)


def terminate(_: Ground, __: Moment, ___: float, child: Told) -> None:
    child.signal(signal.SIGTERM)


def kill_database(ground: Ground, *_: object) -> None:
    ground.kill_database()


def stop_database(ground: Ground, *_: object) -> None:
    server.stop(ground.settings.home, mode="immediate")


def kill_session(ground: Ground, _: Moment, __: float, child: Told) -> None:
    """kill -9 of one of the run's sessions, as a system short of memory does; the server then ends all of them."""
    asked = sa.text(
        "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and "
        "application_name <> :reader and usename is not null order by state = 'active' desc, xact_start desc limit 1"
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not child.ended:
        with postgres.transaction(postgres.engine(ground.database, "loader")) as connection:
            pid = connection.scalar(asked, {"reader": reading.APPLICATION})
        if pid:
            os.kill(int(pid), signal.SIGKILL)
            return
    raise Missed


def full_disk(ground: Ground, _: Moment, __: float, child: Told) -> None:
    disks.fill(ground, "server")
    child.wait(_LONGEST)


def full_home(ground: Ground, _: Moment, __: float, child: Told) -> None:
    disks.fill(ground, "home")
    child.wait(_LONGEST)


def _of_source(ground: Ground, moment: Moment, share: float, child: Told) -> None:
    """The source's faults are waiting when the step begins; `share` says at which of its requests."""
    if moment.kind == "source hangs":
        time.sleep(ground.reference.seconds[moment.step] * share + 4)
        child.signal(signal.SIGKILL)


def fault(moment: Moment) -> dict[str, object] | None:
    """What the demo company is told of a moment (see `demo/faults.py`)."""
    chance = random.Random(f"{moment.number} {moment.share}")
    skip = int(moment.share * 40)
    known: Mapping[str, dict[str, object]] = {
        "source hangs": {"kind": "hang", "seconds": 600, "skip": skip},
        "source is slow": {"kind": "hang", "seconds": 5, "skip": skip},
        "source cuts a page": {
            "kind": "cut", "bytes": chance.randrange(1, 400), "path": "results", "skip": int(moment.share * 14),
            "clean": chance.random() < 0.5,
        },
        "source answers 401": {"kind": "expire", "skip": skip},
        "source answers 429": {"kind": "status", "status": 429, "retry_after": 2, "skip": skip, "times": 2},
        "source answers 503": {"kind": "status", "status": 503, "skip": skip, "times": 3},
        "source is away": {"kind": "status", "status": 503, "skip": skip, "times": 1000},
        "source fails a job": {"kind": "job", "message": "Something broke", "skip": int(moment.share * 14)},
    }  # fmt: skip
    return known.get(moment.kind)


_ACTS: Mapping[str, Callable[[Ground, Moment, float, Told], None]] = {
    "kill run": kill_run,
    "interrupt": interrupt,
    "terminate": terminate,
    "kill database": kill_database,
    "stop database": stop_database,
    "kill session": kill_session,
    "full disk": full_disk,
    "full home": full_home,
}
