"""Which moments a seed stands for: what is ended or goes wrong, in which step, and how far into it."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What happens, and how many of fifty moments it gets. Steps are named as `attain.job.steps` names them.
KINDS: Mapping[str, int] = {
    "kill run": 14,
    "kill database": 6,
    "kill session": 3,
    "stop database": 3,
    "full disk": 4,
    "full home": 2,
    "source hangs": 2,
    "source is slow": 1,
    "source cuts a page": 2,
    "source answers 401": 1,
    "source answers 429": 1,
    "source answers 503": 1,
    "source is away": 1,
    "source fails a job": 1,
    "interrupt": 1,
    "terminate": 1,
    "kill api-server": 1,
    "kill scheduler": 1,
    "kill dag-processor": 1,
    "kill task": 2,
    "kill database of Airflow": 1,
}
AIRFLOW = frozenset(
    kind for kind in KINDS if kind.split()[-1] in ("api-server", "scheduler", "dag-processor", "task", "Airflow")
)
DISK = frozenset({"full disk", "full home"})
# How often a step is chosen beside the others: long ones, and those where something is half done, more often.
_WEIGHTS: Mapping[str, float] = {
    "begin": 1.5, "extract salesforce": 2.5, "extract files": 1.5, "transform staging": 1.5, "transform core": 2.5, "transform marts": 2.5, "publish": 2.5,
    "settle clock": 0.4, "finish": 0.5,
}  # fmt: skip
# A lock on one of these stops the step in the middle of its transaction; it is ended there.
_HELD: Mapping[str, tuple[str, ...]] = {
    "begin": ("ops.lease",),
    "extract company": ("raw.company__stages", "raw.company__roles"),
    "extract salesforce": ("raw.salesforce__opportunity", "raw.salesforce__account", "raw.salesforce__task"),
    "extract files": ("raw.files__quotas", "raw.files__plans"),
    "transform core": ("core.opportunities", "core.pipeline_movement_sums", "core.bookings"),
    "transform marts": ("marts.pipeline_deals", "marts.kpi_rep_period", "marts.commission_earnings"),
    "publish": ("reporting.pipeline_deals", "reporting.people", "reporting.commission_statements"),
    "finish": ("ops.runs",),
}
_SOURCE = ("extract salesforce",)
_TASKS = ("extract salesforce", "validate raw", "transform staging", "transform core", "transform marts", "publish")
_WRITES = ("extract salesforce", "extract files", "transform staging", "transform core", "transform marts", "publish")
_IN_HOME = ("transform staging", "transform core", "transform marts", "report")


@dataclass(frozen=True)
class Moment:
    """One disturbance.

    Args:
        kind: one of `KINDS`.
        share: how far into the step, as a share of its usual time; of a source's requests for what a source does.
        held: the table on which the step is stopped before it is ended; None leaves it to the time.
    """

    number: int
    kind: str
    step: str
    share: float
    held: str | None = None

    def __str__(self) -> str:
        where = f"waiting for {self.held}" if self.held else f"at {self.share:.0%}"
        return f"{self.kind} in {self.step}, {where}"


def plan(seed: int, count: int, steps: Sequence[str], without: frozenset[str] = frozenset()) -> list[Moment]:
    """The moments of a seed: every kind once before any twice, then in proportion; steps as evenly as kinds allow."""
    chance = random.Random(seed)
    dealt, covered, made = Counter[str](), Counter[str](), list[Moment]()
    for number in range(1, count + 1):
        kinds = [kind for kind in KINDS if kind not in without]
        kind = min(kinds, key=lambda kind: (dealt[kind] / KINDS[kind], kinds.index(kind)))
        dealt[kind] += 1
        step = _step(kind, steps, covered, chance)
        covered[step] += 1
        share = round(chance.uniform(0.05, 0.95), 2)
        holds = kind in ("kill run", "kill database", "kill session") and step in _HELD and chance.random() < 0.5
        made.append(Moment(number, kind, step, share, chance.choice(_HELD[step]) if holds else None))
    return made


def chains(planned: Sequence[Moment], steps: Sequence[str]) -> list[list[Moment]]:
    """Moments that share a run to the end: one in a late step, and one in an early step of the run after it.

    Those under Airflow come first and alone: they take longest.
    """
    early = steps[: steps.index("transform staging")]
    bare = [moment for moment in planned if moment.kind not in AIRFLOW]
    late = [moment for moment in bare if moment.step not in early]
    soon = [moment for moment in bare if moment.step in early]
    # What a source does mostly lets the run go through, so nothing may come after it.
    soon.sort(key=lambda moment: moment.kind.startswith("source"))
    made = [[moment] for moment in planned if moment.kind in AIRFLOW]
    while late or soon:
        made.append([(late or soon).pop(0), *([soon.pop()] if soon else [])])
    return made


def _step(kind: str, steps: Sequence[str], covered: Counter[str], chance: random.Random) -> str:
    possible = [step for step in steps if step in _possible(kind, steps)]
    return min(possible, key=lambda step: (covered[step] + chance.random() * 0.9) / _WEIGHTS.get(step, 1.0))


def _possible(kind: str, steps: Sequence[str]) -> Sequence[str]:
    if kind in AIRFLOW:
        return _TASKS
    if kind.startswith("source"):
        return _SOURCE
    return {"full disk": _WRITES, "full home": _IN_HOME}.get(kind, steps)
