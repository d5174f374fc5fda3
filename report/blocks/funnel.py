"""Where do we lose people on the way to a sale? One cohort by stage, each step against its usual rate."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from markupsafe import Markup

from report.blocks.funnel_picture import WIDTHS, picture
from report.blocks.missing import Missing
from report.check import never_rises
from report.context import Context
from report.data import Reporting
from report.period import Quarter
from report.statistics import discoveries, two_proportions
from report.words import count, percent, plural, short_day

QUESTION = "Where do we lose people on the way to a sale?"
STAGES = ("awareness", "interest", "decision", "action")
BASELINE = 4
FEW = 30
SUPPRESSED = 5


@dataclass(frozen=True)
class Step:
    """From one stage to the next: people, the usual rate of earlier cohorts, and whether it is significantly worse."""

    stage: str
    following: str
    entered: int
    passed: int
    usual: float | None
    is_worse: bool

    @property
    def rate(self) -> float | None:
        return self.passed / self.entered if self.entered else None

    @property
    def change(self) -> float | None:
        return None if self.rate is None or self.usual is None else self.rate - self.usual

    @property
    def lost(self) -> float:
        """People that the usual rate would have brought further."""
        return -self.entered * self.change if self.change is not None else 0.0


@dataclass(frozen=True)
class Funnel:
    """One cohort, its words and pictures."""

    question: str
    heading: str
    subtitle: str
    note: str
    lede: tuple[str, str] | None
    pictures: tuple[tuple[str, Markup], ...]


def read(reporting: Reporting, context: Context) -> Funnel | Missing | None:
    """None without the mart; Missing when nobody was followed for long enough.

    Raises:
        PageRefused: more people are in a later stage than in an earlier one.
    """
    if not reporting.has("funnel_conversion", "cohort_start", "funnel_stage", "people_entered", "dimension_level"):
        return None
    counts = _counts(reporting, context.to_date)
    cohort = _cohort(context.to_date, counts)
    if cohort is None:
        return Missing(QUESTION, "Nobody is in the funnel yet", "leads.csv, touches.csv and activities.csv fill this.")
    people = counts[cohort]
    never_rises(f"funnel of {cohort.title}", people)
    if people[0] < FEW:
        who = plural(people[0], "person", "people") if people[0] >= SUPPRESSED else f"Fewer than {SUPPRESSED} people"
        has = count(people[0]) if people[0] >= SUPPRESSED else f"fewer than {SUPPRESSED}"
        few = f"{who} first reached in {cohort.title}: too few to say where"
        return Missing(QUESTION, few, f"Needs {FEW} people in one quarter, has {has}.")
    earlier = [q for q in context.to_date if q.start < cohort.start and counts.get(q, [0])[0] >= FEW][-BASELINE:]
    steps = _steps(people, [counts[q] for q in earlier] if len(earlier) == BASELINE else [])
    worst = max((s for s in steps if s.is_worse), key=lambda s: s.lost * _onward(steps, s), default=None)
    return Funnel(
        QUESTION,
        _heading(people, steps, worst, len(earlier)),
        _subtitle(context, cohort, len(earlier)),
        _note(steps, worst, people),
        _lede(worst),
        tuple((size, picture(width, people, steps, worst)) for size, width in WIDTHS),
    )


def _counts(reporting: Reporting, quarters: Sequence[Quarter]) -> dict[Quarter, list[int]]:
    """People per stage, in stage order, of each quarter's cohort; stages without a row hold nobody."""
    table = reporting.table("funnel_conversion")
    statement = sa.select(table.c.cohort_start, table.c.funnel_stage, sa.func.sum(table.c.people_entered)).where(
        table.c.dimension_level == "all",
        table.c.cohort_period_type == "quarter",
        table.c.cohort_start.in_([q.start for q in quarters]),
    )
    by_start = {q.start: q for q in quarters}
    counts: dict[Quarter, list[int]] = {}
    for start, stage, people in reporting.rows(statement.group_by(table.c.cohort_start, table.c.funnel_stage)):
        if stage in STAGES:
            counts.setdefault(by_start[start], [0] * len(STAGES))[STAGES.index(stage)] = int(people)
    return counts


def _cohort(quarters: Sequence[Quarter], counts: dict[Quarter, list[int]]) -> Quarter | None:
    """The latest cohort followed for at least a quarter; a younger one only where there is no other."""
    old_enough = [q for q in quarters[:-2] if counts.get(q, [0])[0] > 0]
    younger = [q for q in quarters[-2:] if counts.get(q, [0])[0] > 0]
    return old_enough[-1] if old_enough else younger[0] if younger else None


def _steps(people: Sequence[int], earlier: Sequence[Sequence[int]]) -> list[Step]:
    pairs = list(itertools.pairwise(STAGES))
    usual = [(sum(e[i] for e in earlier), sum(e[i + 1] for e in earlier)) for i in range(len(pairs))]
    tests = [two_proportions(people[i + 1], people[i], passed, entered) for i, (entered, passed) in enumerate(usual)]
    significant = discoveries([None if test is None else test[1] for test in tests])
    return [
        Step(
            stage,
            following,
            people[i],
            people[i + 1],
            usual[i][1] / usual[i][0] if usual[i][0] else None,
            bool(significant[i] and (test := tests[i]) is not None and test[0] < 0 and people[i] >= FEW),
        )
        for i, (stage, following) in enumerate(pairs)
    ]


def _onward(steps: Sequence[Step], step: Step) -> float:
    """The share of those who pass this step that reaches the end."""
    share = 1.0
    for later in steps[steps.index(step) + 1 :]:
        share *= later.rate or 0.0
    return share


def _heading(people: Sequence[int], steps: Sequence[Step], worst: Step | None, earlier: int) -> str:
    if worst is not None:
        cost = round(worst.lost * _onward(steps, worst))
        price = f": it cost about {plural(cost, 'win')}" if cost else ""
        return f"{_name(worst)} is the bottleneck{price}"
    if earlier < BASELINE:
        narrowest = min((s for s in steps if s.entered >= FEW), key=lambda s: s.rate or 0.0)
        return f"{percent(people[-1] / people[0])} of people reached Action; the narrowest step is {_name(narrowest)}"
    return f"No step is clearly below its usual rate; {percent(people[-1] / people[0])} of people reached Action"


def _subtitle(context: Context, cohort: Quarter, earlier: int) -> str:
    until = short_day(context.as_of.date())
    usual = (
        "Usual: the four cohorts before, together."
        if earlier == BASELINE
        else f"The usual rate needs 4 quarters, has {earlier}."
    )
    return f"People first reached in {cohort.title}, followed to {until}. {usual}"


def _note(steps: Sequence[Step], worst: Step | None, people: Sequence[int]) -> str:
    if worst is None or worst.usual is None:
        return f"{people[0]:,} people in, {people[-1]:,} at the end. A later stage implies the earlier ones."
    onward = _onward(steps, worst)
    note = f"At its usual {percent(worst.usual)}, this step would have brought {round(worst.lost):,} more people to {worst.following.capitalize()}"
    if worst.following == STAGES[-1]:
        return f"{note}."
    return f"{note}; at {percent(onward)} going on to Action, that is about {plural(round(worst.lost * onward), 'more win')}."


def _lede(worst: Step | None) -> tuple[str, str] | None:
    """(the step, what is unusual about it) for the page's first paragraph."""
    if worst is None or worst.rate is None or worst.usual is None:
        return None
    return _name(worst), f"where {percent(worst.rate)} of people go on instead of the usual {percent(worst.usual)}"


def _name(step: Step) -> str:
    return f"{step.stage.capitalize()} to {step.following.capitalize()}"
