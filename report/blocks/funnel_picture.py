"""The funnel: a bar per stage, and between them the step's rate against its usual one."""

from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup

from report.charts import Canvas, Row
from report.words import percent, points, whole

# Beside another block on a wide page, alone on a narrower one.
WIDTHS = (("wide", 540), ("middle", 700), ("phone", 350))
_ROW, _BAR = 68, 30


class _Step(Protocol):
    @property
    def stage(self) -> str: ...
    @property
    def following(self) -> str: ...
    @property
    def usual(self) -> float | None: ...
    @property
    def rate(self) -> float | None: ...
    @property
    def change(self) -> float | None: ...


def picture(width: int, people: Sequence[int], steps: Sequence[_Step], worst: _Step | None) -> Markup:
    """Stages top to bottom; the bottleneck's step is tinted and named."""
    left, right = (82, width - 52) if width < 500 else (96, width - 64)
    canvas = Canvas(width, _ROW * len(people) - (_ROW - _BAR))
    names = [steps[0].stage, *(s.following for s in steps)]
    largest = max(people) or 1
    ends = [left + max(2.0, n / largest * (right - left)) for n in people]
    tops = [_ROW * i for i in range(len(people))]
    layers = []
    for i, step in enumerate(steps):
        edge: list[Row] = [
            {"x": left, "y": tops[i] + _BAR, "y2": tops[i + 1]},
            {"x": ends[i + 1], "y": tops[i] + _BAR, "y2": tops[i + 1]},
            {"x": ends[i], "y": tops[i] + _BAR, "y2": tops[i] + _BAR},
        ]
        layers.append(canvas.area(edge, "bad-soft" if step is worst else "track"))
    bars = [{"x": left, "x2": e, "y": t, "y2": t + _BAR, "color": "data"} for e, t in zip(ends, tops, strict=True)]
    layers += [
        canvas.bars(bars),
        canvas.words(
            [{"x": 0, "y": t + 15, "text": n.capitalize()} for n, t in zip(names, tops, strict=True)],
            align="left",
            size=13,
        ),
        canvas.words(
            [{"x": e + 8, "y": t + 15, "text": whole(n)} for n, e, t in zip(people, ends, tops, strict=True)],
            bold=True,
            align="left",
            size=14,
        ),
        canvas.words(
            [{"x": left + 10, "y": t + 49, "text": percent(s.rate)} for s, t in _with(steps, tops)],
            bold=True,
            align="left",
            size=13,
        ),
        canvas.words(
            [{"x": left + 64, "y": t + 49, "text": _against(s)} for s, t in _with(steps, tops)], "ink2", align="left"
        ),
    ]
    flagged = [
        {"x": width, "y": t + (49 if width >= 500 else 15), "text": "◀ Bottleneck"}
        for s, t in _with(steps, tops)
        if s is worst
    ]
    if flagged:
        layers.append(canvas.words(flagged, "bad", bold=True, align="right"))
    label = "Funnel: " + ", ".join(f"{n.capitalize()} {p:,}" for n, p in zip(names, people, strict=True))
    return canvas.svg(label, *layers)


def _with(steps: Sequence[_Step], tops: Sequence[int]) -> list[tuple[_Step, int]]:
    return [(s, t) for s, t in zip(steps, tops, strict=False) if s.rate is not None]


def _against(step: _Step) -> str:
    if step.usual is None or step.change is None:
        return "go on"
    arrow = "▲" if step.change > 0 else "▼"
    return f"usual {percent(step.usual)}, {arrow} {points(step.change).replace('points', 'pts')}"
