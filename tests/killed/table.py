"""The table of moments, as lines and as markdown."""

import platform
from collections import Counter
from pathlib import Path

from tests.killed.outcome import Outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "killed.md"
_BEGIN, _END = "<!-- written by `make killed` -->", "<!-- end -->"


def line(outcome: Outcome, seconds: float, number: int, of: int) -> str:
    """One moment, for people who watch."""
    verdict = "; ".join(outcome.problems) or "same"
    again = "no rerun needed" if outcome.through else f"again in {outcome.recovered:.0f} s"
    return (
        f"[{number}/{of}] {outcome.moment.number:>2} {outcome.moment}: {outcome.happened}; {again}; "
        f"{outcome.polls} looks; {seconds:.0f} s: {verdict}"
    )


def summary(done: list[Outcome], seed: int, minutes: float | None) -> str:
    """How many ended as undisturbed, by kind."""
    bad = [outcome.moment.number for outcome in done if outcome.problems]
    looks = sum(outcome.polls for outcome in done)
    kinds = Counter(outcome.moment.kind for outcome in done)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda each: -each[1]))
    steps = len({outcome.moment.step for outcome in done})
    took = "" if minutes is None else f" in {minutes:.0f} minutes"
    return (
        f"Seed {seed}: {len(done)} moments in {steps} steps ({said}){took}; readers looked {looks:,} "
        f"times; {len(done) - len(bad)} ended as an undisturbed run does" + (f", not {bad}" if bad else "") + "."
    )


def write(done: list[Outcome], seed: int, minutes: float | None, scale: str) -> None:
    """Put the table between the page's marks."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    rows = [
        "| | what | in which step | what happened | run again | readers looked | verdict |",
        "| ---: | --- | --- | --- | ---: | ---: | --- |",
        *(_row(outcome) for outcome in done),
    ]
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    words = f"{summary(done, seed, minutes)} The demo company with {scale} deals, on {machine}."
    PAGE.write_text("\n".join([f"{before}{_BEGIN}", "", words, "", *rows, "", f"{_END}{after}"]), encoding="utf-8")


def _row(outcome: Outcome) -> str:
    moment = outcome.moment
    where = f"waiting for `{moment.held}`" if moment.held else f"at {moment.share:.0%}"
    again = "not needed" if outcome.through else f"{outcome.recovered:.0f} s"
    cells = (
        moment.number, moment.kind, f"{moment.step}, {where}", outcome.happened, again, outcome.polls,
        "; ".join(outcome.problems) or "same",
    )  # fmt: skip
    return "| " + " | ".join(str(cell).replace("|", "/").replace("\n", " ") for cell in cells) + " |"
