"""The waterfall of pipeline movements, drawn for one width."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
from markupsafe import Markup

from report.blocks.bridge_read import Span
from report.blocks.bridge_steps import Step
from report.charts import Canvas, Row
from report.words import plural, short_day, signed, whole

WIDTHS = (("wide", 1120), ("middle", 700), ("phone", 350))


def picture(width: int, span: Span, opening: Step, steps: Sequence[Step], closing: Step) -> Markup:
    """The waterfall: upright where the labels fit under their bars, sideways where not."""
    bars = _bars(span, opening, steps, closing)
    label = "Waterfall: " + ", ".join(f"{bar.label} {bar.value}" for bar in bars)
    if width / len(bars) >= 68:
        return _upright(width, bars, label)
    return _sideways(width, bars, label)


@dataclass(frozen=True)
class _Bar:
    label: str
    value: str
    deals: str
    low: int
    high: int
    end: int
    colour: str
    sign: int


def _bars(span: Span, opening: Step, steps: Sequence[Step], closing: Step) -> list[_Bar]:
    def balance(step: Step, label: str) -> _Bar:
        low, high = sorted((0, step.shown))
        return _Bar(label, whole(step.shown), plural(step.deals, "deal"), low, high, step.shown, "total", 0)

    bars = [balance(opening, f"Open {short_day(span.start)}")]
    level = opening.shown
    for step in steps:
        after = level + step.shown
        sign = 1 if step.shown > 0 else -1
        bars.append(
            _Bar(
                step.label,
                signed(step.shown),
                plural(step.deals, "deal"),
                min(level, after),
                max(level, after),
                after,
                step.colour,
                sign,
            )
        )
        level = after
    return [*bars, balance(closing, f"Open {short_day(span.until)}")]


def _upright(width: int, bars: Sequence[_Bar], label: str) -> Markup:
    top, floor = 24, 250 if width > 1000 else 210
    canvas = Canvas(width, floor + 80)
    high, low = max(b.high for b in bars), min(0, *(b.low for b in bars))
    edge = 6  # the outer labels are wider than their bars
    step = (width - 2 * edge) / len(bars)
    half = step * 0.33
    middle = [edge + (i + 0.5) * step for i in range(len(bars))]

    def y(value: int) -> float:
        return floor - (value - low) / ((high - low) or 1) * (floor - top)

    rects = [
        {"x": x - half, "x2": x + half, "y": min(y(b.high), y(b.low) - 1), "y2": y(b.low), "color": b.colour}
        for x, b in zip(middle, bars, strict=True)
    ]
    joins = [
        {"x": middle[i] + half, "x2": middle[i + 1] - half, "y": y(b.end), "y2": y(b.end)}
        for i, b in enumerate(bars[:-1])
    ]
    axis = [{"x": 4, "x2": width - 4, "y": y(0), "y2": y(0)}]
    return canvas.svg(
        label,
        canvas.bars(rects),
        canvas.lines(joins),
        canvas.lines(axis),
        canvas.words(
            [{"x": x, "y": y(b.high) - 10, "text": b.value} for x, b in zip(middle, bars, strict=True)],
            bold=True,
            size=13,
        ),
        canvas.words([{"x": x, "y": floor + 17, "text": b.label} for x, b in zip(middle, bars, strict=True)]),
        canvas.words([{"x": x, "y": floor + 35, "text": b.deals} for x, b in zip(middle, bars, strict=True)], "ink3"),
        *_brackets(canvas, bars, middle, half, floor + 48),
    )


def _brackets(canvas: Canvas, bars: Sequence[_Bar], middle: Sequence[float], half: float, y: float) -> list[alt.Chart]:
    layers: list[alt.Chart] = []
    for word, sign in (("Added", 1), ("Removed", -1)):
        inside = [x for x, b in zip(middle, bars, strict=True) if b.sign == sign]
        if not inside:
            continue
        left, right = inside[0] - half - 6, inside[-1] + half + 6
        total = sum((b.high - b.low) * b.sign for b in bars if b.sign == sign)
        edges = [(left, left, y, y + 6), (left, right, y + 6, y + 6), (right, right, y, y + 6)]
        layers.append(canvas.lines([{"x": a, "x2": b, "y": c, "y2": d} for a, b, c, d in edges]))
        layers.append(canvas.words([{"x": (left + right) / 2, "y": y + 22, "text": f"{word} {signed(total)}"}], "ink2"))
    return layers


def _sideways(width: int, bars: Sequence[_Bar], label: str) -> Markup:
    """Top to bottom; the number of deals stands under its label on a phone, beside it where there is room."""
    beside = width >= 500
    row, left, right = (22, 176, width - 64) if beside else (34, 92, width - 56)
    half = 7 if beside else 10
    canvas = Canvas(width, row * len(bars) + 6)
    high, low = max(b.high for b in bars), min(0, *(b.low for b in bars))

    def x(value: int) -> float:
        return left + (value - low) / ((high - low) or 1) * (right - left)

    middle = [row * (i + 0.5) for i in range(len(bars))]
    rects = [
        {"x": x(b.low), "x2": max(x(b.high), x(b.low) + 1), "y": m - half, "y2": m + half, "color": b.colour}
        for m, b in zip(middle, bars, strict=True)
    ]
    joins = [
        {"x": x(b.end), "x2": x(b.end), "y": middle[i] + half, "y2": middle[i + 1] - half}
        for i, b in enumerate(bars[:-1])
    ]
    axis = [{"x": x(0), "x2": x(0), "y": 0, "y2": row * len(bars)}]

    def words(at: float, down: float, texts: Sequence[str]) -> list[Row]:
        return [{"x": at, "y": m + down, "text": text} for m, text in zip(middle, texts, strict=True)]

    up, deals_at, down = (0, 92, 0) if beside else (-7, 0, 8)
    return canvas.svg(
        label,
        canvas.bars(rects),
        canvas.lines(joins),
        canvas.lines(axis),
        canvas.words(words(0, up, [b.label for b in bars]), align="left"),
        canvas.words(words(deals_at, down, [b.deals for b in bars]), "ink3", align="left"),
        canvas.words(words(width, 0, [b.value for b in bars]), bold=True, align="right", size=13),
    )
