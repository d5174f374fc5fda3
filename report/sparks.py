"""The small pictures under the key figures: no axes, no labels; the figure above them is the exact number."""

from collections.abc import Sequence

from markupsafe import Markup

from report.charts import Canvas

_CANVAS = Canvas(152, 36)
_LABEL = 42.0  # half the width of a reference's label
_LEFT, _RIGHT, _TOP, _BOTTOM = 3.0, 146.0, 5.0, 33.0


def line(values: Sequence[float | None], reference: Sequence[float] = ()) -> Markup | None:
    """A line that ends in a dot, with an optional dashed reference; None for fewer than two values."""
    known = [(i, v) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return None
    everything = [v for _, v in known] + list(reference)
    low, high = min(everything), max(everything)
    points = [{"x": _across(i, len(values)), "y": _down(v, low, high)} for i, v in known]
    layers = [_CANVAS.path(points), _CANVAS.points([{**points[-1], "color": "data"}], size=46)]
    if reference:
        dashed = [{"x": _across(i, len(reference)), "y": _down(v, low, high)} for i, v in enumerate(reference)]
        layers.insert(0, _CANVAS.path(dashed, "line2", (3, 3), 1))
    return _CANVAS.svg("", *layers)


def bars(values: Sequence[float | None], reference: float) -> Markup | None:
    """Bars from zero, the last one dark, with a dashed line at the reference; None for fewer than two values."""
    if sum(v is not None for v in values) < 2:
        return None
    high = max([reference, *(v for v in values if v is not None)])
    step = (_RIGHT + 3 - _LEFT) / len(values)
    rows = [
        {
            "x": _LEFT + i * step + step * 0.15,
            "x2": _LEFT + (i + 1) * step - step * 0.15,
            "y": _down(max(v, 0), 0, high),
            "y2": _BOTTOM,
            "color": "data" if i == len(values) - 1 else "soft",
        }
        for i, v in enumerate(values)
        if v is not None
    ]
    mark = _down(reference, 0, high)
    rule = [{"x": _LEFT, "x2": _RIGHT + 3, "y": mark, "y2": mark}]
    return _CANVAS.svg("", _CANVAS.bars(rows), _CANVAS.lines(rule, "line2", (3, 3)))


def bullet(value: float, reference: float) -> Markup:
    """A bar on its track with a mark at the reference."""
    high = max(value, reference) * 1.15 or 1.0
    end, mark = (_LEFT + (_RIGHT + 3 - _LEFT) * v / high for v in (max(value, 0.0), reference))
    track = {"x": _LEFT, "x2": _RIGHT + 3, "y": 12, "y2": 28, "color": "track"}
    bar = {"x": _LEFT, "x2": end, "y": 16, "y2": 24, "color": "data"}
    rule = {"x": mark - 1, "x2": mark + 1, "y": 8, "y2": 32, "color": "ink"}
    return _CANVAS.svg("", _CANVAS.bars([track, bar, rule]))


def span(values: Sequence[float], reference: float, label: str) -> Markup:
    """A range between the values, each a dot on it, and a labelled mark at the reference."""
    everything = [*values, reference]
    low, high = min(everything), max(everything)
    low, high = low - (high - low) * 0.25, high + (high - low) * 0.25

    def x(value: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (value - low) / ((high - low) or 1)

    mark, side = x(reference), "center"
    if mark < _LABEL or mark > _CANVAS.width - _LABEL:
        side = "left" if mark < _LABEL else "right"
    ends = {"x": _LEFT, "x2": _RIGHT + 3, "y": 26, "y2": 26}
    band = {"x": x(min(values)), "x2": x(max(values)), "y": 20, "y2": 32, "color": "soft"}
    rule = {"x": mark - 1, "x2": mark + 1, "y": 15, "y2": 36, "color": "ink"}
    dots = [{"x": x(v), "y": 26, "color": "data"} for v in values]
    words = [{"x": mark, "y": 7, "text": label}]
    return _CANVAS.svg(
        "",
        _CANVAS.lines([ends], "line"),
        _CANVAS.bars([band]),
        _CANVAS.points(dots, size=46),
        _CANVAS.bars([rule]),
        _CANVAS.words(words, "ink2", align=side),
    )


def _across(place: int, places: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * place / max(1, places - 1)


def _down(value: float, low: float, high: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * (value - low) / ((high - low) or 1)
