"""Is today unusual? The last runs: outcome, rows set aside, minutes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from report.charts import Canvas
from report.runs import RunRecord
from report.words import count, day, plural, short_day, spelled

QUESTION = "Is today unusual?"
_HEIGHT = 34
WIDTHS = (("wide", 1120), ("middle", 700), ("phone", 350))
_COLOURS = {"passed": "ok", "quarantine": "warn-ink", "critical": "fail"}
_SHAPES = {
    "passed": "circle",
    "quarantine": "square",
    "critical": "M-.7-1.2L0-.5L.7-1.2L1.2-.7L.5 0L1.2.7L.7 1.2L0 .5L-.7 1.2L-1.2.7L-.5 0L-1.2-.7Z",
}


@dataclass(frozen=True)
class Runs:
    """The strip and its words."""

    question: str
    heading: str
    subtitle: str
    note: str
    pictures: tuple[tuple[str, Markup], ...]


def read(history: Sequence[RunRecord]) -> Runs:
    """The runs of `history`, the last one being today's."""
    first, now = history[0], history[-1]
    if first.started_at.date() == now.started_at.date():
        span = day(now.started_at)
    else:
        year = "" if first.started_at.year == now.started_at.year else f" {first.started_at.year}"
        span = f"{short_day(first.started_at)}{year} to {day(now.started_at)}"
    return Runs(
        QUESTION,
        _heading(history),
        f"{span}, {plural(len(history), 'run')}, times UTC",
        _note(history),
        tuple((size, picture(width, history)) for size, width in WIDTHS) if len(history) > 1 else (),
    )


def _heading(history: Sequence[RunRecord]) -> str:
    now, before = history[-1], history[:-1]
    published = sum(r.published_at is not None for r in history)
    if not before:
        return "This is the first run; from the second on, runs are compared here"
    lead = f"{count(published)} of {count(len(history))} runs published"
    if now.set_aside and now.set_aside > max(r.set_aside for r in before):
        return f"{lead}; {plural(now.set_aside, 'row')} set aside, the most so far"
    return f"{lead}; {plural(now.set_aside, 'row was', 'rows were') if now.set_aside else 'no row was'} set aside this time"


def _note(history: Sequence[RunRecord]) -> str:
    stopped = [r for r in history if r.is_stopped]
    if not stopped:
        return ""
    named = [f"{short_day(r.started_at)}{f' at {r.stopped_at}' if r.stopped_at else ''}" for r in stopped[-3:]]
    lead = "Stopped" if len(stopped) <= 3 else f"Stopped {spelled(len(stopped))} times, last"
    return f"{lead}: {'; '.join(named)}. The pages of the last published run stayed up."


def picture(width: int, history: Sequence[RunRecord]) -> Markup:
    """Three rows over the same runs, for one width; on a phone the last ten."""
    shown = history[-10:] if width < 500 else history
    left = 96 if width < 500 else 134
    canvas = Canvas(width, 172)
    step = (width - left) / max(len(shown), 12 if width >= 500 else 1)
    middle = [left + step * (i + 0.5) for i in range(len(shown))]
    outcomes = [
        canvas.points(
            [{"x": x, "y": 12, "color": _COLOURS[o]} for x, r in zip(middle, shown, strict=True) if r.outcome == o],
            shape,
            64,
        )
        for o, shape in _SHAPES.items()
        if any(r.outcome == o for r in shown)
    ]
    floors = [[{"x": left, "x2": width, "y": y, "y2": y}] for y in (76, 146)]
    names = (("Outcome", 12), ("Rows set aside", 68), ("Minutes", 138))
    label = f"The last {len(shown)} runs: " + ", ".join(
        f"{short_day(r.started_at)} {r.outcome if r.outcome != 'critical' else 'stopped'}" for r in shown[-5:]
    )
    aside = [r.set_aside for r in shown]
    minutes = [r.seconds / 60 for r in shown]
    return canvas.svg(
        label,
        canvas.words([{"x": 0, "y": y, "text": name} for name, y in names], align="left"),
        *(canvas.lines(floor, "line") for floor in floors),
        *outcomes,
        *_bars(canvas, middle, step, aside, 76, ["warn-ink"] * len(shown), _rows),
        *_bars(canvas, middle, step, minutes, 146, ["soft"] * (len(shown) - 1) + ["data"], _clock),
        canvas.words(_dates(middle, shown, width), "ink3"),
    )


def _bars(
    canvas: Canvas,
    middle: Sequence[float],
    step: float,
    values: Sequence[float],
    floor: float,
    colours: Sequence[str],
    written: Callable[[float], str],
) -> list[alt.Chart]:
    """Bars from the floor; the last one and the highest carry their value."""
    highest = max(values) or 1
    half = min(step * 0.32, 14)
    top = [floor - _HEIGHT * value / highest for value in values]
    rects = [
        {"x": x - half, "x2": x + half, "y": min(y, floor - 1), "y2": floor, "color": colour}
        for x, y, value, colour in zip(middle, top, values, colours, strict=True)
        if value > 0
    ]
    last = len(values) - 1
    named = {last}
    if last > 0:
        peak = max(range(last), key=lambda i: values[i])
        named |= {peak} if values[peak] > sorted(values)[last // 2] * 1.5 and step * (last - peak) > 40 else set()
    labels = [
        {"x": min(middle[i], canvas.width - 22), "y": top[i] - 8, "text": written(values[i])}
        for i in sorted(named)
        if values[i] > 0
    ]
    return [canvas.bars(rects), canvas.words(labels, bold=True)] if rects else []


def _dates(middle: Sequence[float], shown: Sequence[RunRecord], width: int) -> list[dict[str, object]]:
    """The first and last day, and days between them at least a label's width apart."""
    apart = 90 if width >= 500 else 70
    chosen: list[int] = [len(shown) - 1]
    for place in range(len(shown) - 2, -1, -1):
        day_before = shown[place].started_at.date() != shown[chosen[-1]].started_at.date()
        if day_before and middle[chosen[-1]] - middle[place] >= apart:
            chosen.append(place)
    return [{"x": min(middle[i], width - 20), "y": 160, "text": short_day(shown[i].started_at)} for i in chosen]


def _rows(value: float) -> str:
    return count(int(value))


def _clock(minutes: float) -> str:
    seconds = round(minutes * 60)
    return f"{seconds // 60}:{seconds % 60:02}"
