"""The first lines of the validation page: was it published, and how many checks ended how."""

from collections.abc import Sequence
from dataclasses import dataclass

from report.health import Check, SetAside, by_outcome
from report.runs import RunRecord
from report.words import count, day, duration, moment, percent, plural, sentence, spelled

_FEWEST = 5


@dataclass(frozen=True)
class Cell:
    """One figure; `outcome` names its mark."""

    outcome: str | None
    name: str
    value: str
    what: str
    note: str


@dataclass(frozen=True)
class Strip:
    """The lede, the run's line and five figures."""

    lede: str
    run: str
    cells: tuple[Cell, ...]


def read(history: Sequence[RunRecord], found: Sequence[Check], aside: Sequence[SetAside], checking: float) -> Strip:
    """What happened in the last run of `history`; `checking` is how many seconds of it were checks."""
    run = history[-1]
    outcomes = by_outcome(found)
    new = sum(a.new for a in aside)
    return Strip(
        _lede(run, history, outcomes, new),
        f"Run {run.label}, started {run.started_at:%H:%M:%S} UTC by {run.trigger or 'hand'}.",
        (
            _stop(outcomes["critical"], history),
            _quarantine(outcomes["quarantine"], new, found),
            _warn(outcomes["warn"], found),
            _passed(outcomes["passed"], found),
            _time(run, history, checking),
        ),
    )


def _lede(run: RunRecord, history: Sequence[RunRecord], outcomes: dict[str, int], new: int) -> str:
    if run.published_at is None:
        good = next((r for r in reversed(history[:-1]) if r.published_at is not None), None)
        stays = (
            f"The pages of {day(good.as_of or good.started_at)} stay up." if good else "Nothing was published before."
        )
        what = f"The run stopped at {run.stopped_at}" if run.stopped_at else "The run did not publish"
        return f"{what}; nothing was published. {stays}"
    parts = [f"Published on {moment(run.published_at).replace(', ', ' at ')}.", "Nothing stopped the run."]
    rest = []
    if new:
        rest.append(f"{plural(new, 'row was', 'rows were')} set aside")
    if outcomes["warn"]:
        rest.append(f"{spelled(outcomes['warn'])} {'check' if outcomes['warn'] == 1 else 'checks'} warned")
    total = sum(outcomes.values())
    end = f"{sentence(' and '.join(rest))}." if rest else f"All {count(total)} checks passed." if total else ""
    return " ".join((*parts, end)).strip()


def _stop(stopped: int, history: Sequence[RunRecord]) -> Cell:
    before = next((r for r in reversed(history[:-1]) if r.is_stopped), None)
    what = "nothing blocked publishing" if not stopped else "blocked publishing"
    note = f"The last stop was on {day(before.started_at)}" if before else f"No stop in {plural(len(history), 'run')}"
    return Cell("critical", "Stop", count(stopped), what, note)


def _quarantine(failed: int, new: int, found: Sequence[Check]) -> Cell:
    tables = {c.table for c in found if c.outcome == "quarantine"}
    if not failed:
        what = f"{plural(new, 'row was', 'rows were')} set aside while reading" if new else "no row was set aside"
        return Cell("quarantine", "Quarantine", "0", what, "By rules on single rows" if new else "")
    what = f"{'check' if failed == 1 else 'checks'} set rows aside; {count(new)} new"
    return Cell("quarantine", "Quarantine", count(failed), what, f"On {plural(len(tables), 'table')}")


def _warn(warned: int, found: Sequence[Check]) -> Cell:
    tables = {c.table for c in found if c.outcome == "warn"}
    what = f"{'check' if warned == 1 else 'checks'} on {plural(len(tables), 'table')}" if warned else "nothing odd"
    return Cell("warn", "Warn", count(warned), what, "The rows went on" if warned else "")


def _passed(passed: int, found: Sequence[Check]) -> Cell:
    tables = {(c.stage, c.table) for c in found}
    clean = tables - {(c.stage, c.table) for c in found if not c.success}
    what = f"of {plural(len(found), 'check')}, {percent(passed / len(found))}" if found else "no check is recorded"
    return Cell(
        "passed",
        "Passed",
        count(passed),
        what,
        f"{len(clean)} of {len(tables)} tables have no finding" if found else "",
    )


def _time(run: RunRecord, history: Sequence[RunRecord], checking: float) -> Cell:
    earlier = sorted(r.seconds for r in history[:-1] if r.published_at is not None and r.seconds)
    usual = (
        f"usual {duration(earlier[len(earlier) // 2])}"
        if len(earlier) >= _FEWEST
        else f"the usual time needs {_FEWEST} runs, has {len(earlier)}"
    )
    share = f", {percent(checking / run.seconds, 0)}" if run.seconds and checking else ""
    return Cell(
        None,
        "Time taken",
        duration(run.seconds),
        usual,
        f"{duration(checking)} of it{share}, was checking" if share else "",
    )
