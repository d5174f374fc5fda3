"""Which tables are clean? A mark per check, by stage; and the balance of rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from report.check import adds_up
from report.health import SEVERITIES, SEVERITY_NAMES, STAGES, Check, SetAside
from report.sources import Balance
from report.words import count, duration, listed, plural, spelled

QUESTION = "Which tables are clean?"
_ALL = "all tables together"
_HEAD, _KEY, _FEWEST = 2, 4, 3  # heights in rows: a stage's head, the key, the fewest tables left of a cut


@dataclass(frozen=True)
class Table:
    """One table: rows checked (None for checks across tables), outcomes of its checks with findings first, rows open in quarantine."""

    name: str
    rows: int | None
    outcomes: tuple[str, ...]
    out: int

    @property
    def found(self) -> bool:
        return any(outcome != "passed" for outcome in self.outcomes)

    @property
    def spoken(self) -> str:
        """The marks in words."""
        counts = Counter(self.outcomes)
        return listed([f"{counts[o]} {SEVERITY_NAMES[o].lower()}" for o in (*SEVERITIES, "passed") if counts[o]])


@dataclass(frozen=True)
class Stage:
    """The tables of one stage, or the rest of them in the second column; `checks` is '46 checks, 18 s'."""

    name: str
    rows: int
    checks: str
    out: int
    tables: tuple[Table, ...]
    is_continued: bool = False


@dataclass(frozen=True)
class Tables:
    """Stages in two columns, and the sentences of the balance."""

    question: str
    heading: str
    subtitle: str
    columns: tuple[tuple[Stage, ...], ...]
    closes: tuple[str, ...]


def read(found: Sequence[Check], aside: Sequence[SetAside], balance: Balance | None) -> Tables:
    """All tables with a check in this run.

    Raises:
        PageRefused: the stages' checks, or the rows of the balance, do not add up.
    """
    stages = tuple(_stage(name, found, _out(name, found, aside)) for name in _names(found))
    tables = [t for stage in stages for t in stage.tables]
    adds_up("checks by table", [len(t.outcomes) for t in tables], len(found))
    clean = sum(not t.found for t in tables)
    return Tables(
        QUESTION,
        _heading(found, clean, len(tables)),
        "Each mark is one check, findings first; a grey dot passed. Rows: checked in this run. Rows out: open in quarantine."
        if tables
        else "",
        _columns(stages),
        _closes(stages, len(found), balance),
    )


def _names(found: Sequence[Check]) -> list[str]:
    there = {c.stage for c in found}
    return [s for s in STAGES if s in there] + sorted(there - set(STAGES))


def _out(stage: str, found: Sequence[Check], aside: Sequence[SetAside]) -> Counter[str]:
    """Rows in quarantine by table, each at the first stage that checks a table of that name, else at its own."""
    first: dict[str, str] = {}
    for name in _names(found):
        for check in found:
            if check.stage == name:
                first.setdefault(check.table, name)
    out: Counter[str] = Counter()
    for waiting in aside:
        if first.get(waiting.table, waiting.stage) == stage:
            out[waiting.table] += waiting.open
    return out


def _stage(name: str, found: Sequence[Check], out: Counter[str]) -> Stage:
    inside = [c for c in found if c.stage == name]
    tables = []
    for table in sorted({c.table for c in inside}):
        checks = [c for c in inside if c.table == table]
        rows = [c.rows_checked for c in checks if c.rows_checked is not None]
        counted = None if table == name or "." in table else max(rows, default=None)
        shown = _ALL if table == name else table
        tables.append(Table(shown, counted, tuple(c.outcome for c in checks), out[table]))
    took = duration(sum(c.seconds for c in inside))
    return Stage(
        name,
        sum(t.rows or 0 for t in tables),
        f"{plural(len(inside), 'check')}, {took}",
        out.total(),
        tuple(tables),
    )


def _columns(stages: Sequence[Stage]) -> tuple[tuple[Stage, ...], ...]:
    """Two columns of about equal height, stages in order; a long stage goes on in the second."""
    height = sum(len(s.tables) + _HEAD for s in stages)
    left: list[Stage] = []
    right: list[Stage] = []
    used = -_KEY  # the key to the marks stands under the first column
    for stage in stages:
        room = max(0, (height + 1) // 2 + used - _HEAD) if not right else 0
        used -= len(stage.tables) + _HEAD
        fits = len(stage.tables) <= room + _HEAD
        cut = len(stage.tables) if fits and not right else room if room >= _FEWEST else 0
        if cut:
            left.append(replace(stage, tables=stage.tables[:cut]))
        if cut < len(stage.tables):
            right.append(replace(stage, tables=stage.tables[cut:], is_continued=cut > 0))
    return tuple(tuple(column) for column in (left, right) if column)


def _heading(found: Sequence[Check], clean: int, tables: int) -> str:
    if not tables:
        return "No table was checked in this run"
    worst = [s for s in SEVERITIES if any(c.outcome == s for c in found)]
    if not worst:
        return f"All {count(tables)} tables are clean"
    places = {c.where for c in found if c.outcome == worst[0]}
    number = sum(c.outcome == worst[0] for c in found)
    checks = f"{spelled(number)} {'check' if number == 1 else 'checks'}"
    did = {"critical": "stopped the run", "quarantine": "set rows aside", "warn": "warned"}[worst[0]]
    where = f"on {min(places)}" if len(places) == 1 else f"on {count(len(places))} tables"
    return f"{count(clean)} of {count(tables)} tables are clean; {checks} {did} {where}"


def _closes(stages: Sequence[Stage], checks: int, balance: Balance | None) -> tuple[str, ...]:
    sentences = list(balance.sentences) if balance else []
    if len(stages) > 1:
        parts = [int(s.checks.split(" ")[0].replace(",", "")) for s in stages]
        adds_up("checks by stage", parts, checks)
        sentences.append(f"Checks: {' + '.join(map(count, parts))} = {count(checks)}.")
    return tuple(sentences)
