"""Altair charts as inline SVG: no script, no outside request, colours by CSS variables, so one picture serves both themes.

Coordinates are pixels: a chart is drawn for one width and never scaled; pages hold one rendering per width and CSS
shows the one that fits.
"""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup, escape

Row = Mapping[str, object]

# The light theme's values, which Vega needs as colours; in the SVG each becomes var(--name).
COLOURS = {
    "bg": "#ffffff",
    "track": "#eef1f4",
    "line": "#e1e6eb",
    "line2": "#8793a0",
    "ink": "#14202b",
    "ink2": "#465360",
    "ink3": "#5f6b78",
    "data": "#1a5290",
    "soft": "#bcd3ea",
    "good": "#0b7c6e",
    "bad": "#b54a12",
    "bad-soft": "#f6d9c6",
    "total": "#3a4753",
    "warn": "#c28100",
    "warn-ink": "#7a5000",
    "fail": "#b3261e",
    "ok": "#7f8d9b",
}
_NAME_OF = {value: name for name, value in COLOURS.items()}
_FONTS = Path(__file__).parent / "fonts"


@dataclass(frozen=True)
class Canvas:
    """A drawing area in pixels; the origin is at the top left."""

    width: float
    height: float

    def _position(self, name: str, extent: float) -> dict[str, Any]:
        return {
            "field": name,
            "type": "quantitative",
            "axis": None,
            "scale": {"domain": [0, extent], "range": [0, extent], "nice": False, "zero": False},
        }

    def mark(self, mark: Mapping[str, Any], rows: Sequence[Row], **channels: str) -> alt.Chart:
        """One layer: each channel names the field it reads; x and y are pixels, colour is a name of COLOURS."""
        encoding: dict[str, Any] = {}
        for channel, name in channels.items():
            if channel in ("x", "x2"):
                encoding[channel] = self._position(name, self.width) if channel == "x" else {"field": name}
            elif channel in ("y", "y2"):
                encoding[channel] = self._position(name, self.height) if channel == "y" else {"field": name}
            elif channel == "color":
                encoding[channel] = {"field": name, "type": "nominal", "scale": None, "legend": None}
            elif channel == "text":
                encoding[channel] = {"field": name, "type": "nominal"}
            elif channel == "order":
                encoding[channel] = {"field": name, "type": "quantitative"}
        data = [{**row, **({"color": COLOURS[str(row["color"])]} if "color" in row else {})} for row in rows]
        spec = {"data": {"values": data}, "mark": {"aria": False, **mark}, "encoding": encoding}
        return alt.Chart.from_dict(spec, validate=False)

    def bars(self, rows: Sequence[Row]) -> alt.Chart:
        """Rectangles: x, x2, y, y2, color."""
        return self.mark({"type": "rect"}, rows, x="x", x2="x2", y="y", y2="y2", color="color")

    def lines(
        self, rows: Sequence[Row], colour: str = "line2", dash: Sequence[int] = (), width: float = 1
    ) -> alt.Chart:
        """Straight lines: x, x2, y, y2."""
        mark = {"type": "rule", "stroke": COLOURS[colour], "strokeWidth": width, "strokeDash": list(dash)}
        return self.mark(mark, rows, x="x", x2="x2", y="y", y2="y2")

    def path(self, rows: Sequence[Row], colour: str = "data", dash: Sequence[int] = (), width: float = 2) -> alt.Chart:
        """One line through the points in their order: x, y."""
        mark = {"type": "line", "stroke": COLOURS[colour], "strokeWidth": width, "strokeDash": list(dash)}
        ordered = [{**row, "place": place} for place, row in enumerate(rows)]
        return self.mark(mark | {"strokeJoin": "round"}, ordered, x="x", y="y", order="place")

    def area(self, rows: Sequence[Row], colour: str) -> alt.Chart:
        """A filled band between y and y2 along x."""
        mark = {"type": "area", "fill": COLOURS[colour], "fillOpacity": 1}
        return self.mark(mark, rows, x="x", y="y", y2="y2")

    def words(
        self, rows: Sequence[Row], colour: str = "ink", bold: bool = False, align: str = "center", size: int = 12
    ) -> alt.Chart:
        """Text whose middle is at y: x, y, text."""
        mark = {"type": "text", "fill": COLOURS[colour], "fontWeight": 600 if bold else 400, "align": align}
        return self.mark(mark | {"fontSize": size, "baseline": "middle"}, rows, x="x", y="y", text="text")

    def points(self, rows: Sequence[Row], shape: str = "circle", size: int = 40) -> alt.Chart:
        """Filled marks: x, y, color; shape as Vega names it or an SVG path."""
        mark = {"type": "point", "shape": shape, "size": size, "filled": True, "opacity": 1}
        return self.mark(mark, rows, x="x", y="y", color="color")

    def svg(self, label: str, *layers: alt.Chart) -> Markup:
        """The layers as one inline SVG that reads as `label`; hidden from screen readers when the label is empty."""
        chart = alt.layer(*layers).properties(width=self.width, height=self.height, autosize={"type": "none"})
        spec = chart.to_dict(validate=False)
        return _inline(_convert(json.dumps(spec)), label)


@functools.cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(_FONTS))


@functools.lru_cache(maxsize=128)
def _convert(spec: str) -> str:
    _register_fonts()
    config = {
        "background": None,
        "padding": 0,
        "view": {"stroke": None},
        "font": "Inter",
        "text": {"font": "Inter"},
        "aria": False,
    }
    return str(vl_convert.vegalite_to_svg(spec, config=config, allowed_base_urls=[]))


_PAINT = re.compile(r'(fill|stroke)="(#[0-9a-f]{6})"')
_OPENING = re.compile(r"<svg[^>]*?width=\"([\d.]+)\" height=\"([\d.]+)\"[^>]*>")
# What Vega writes for renderers that we do not use; half of a small chart's bytes.
_NOISE = re.compile(
    r' (?:pointer-events="none"|class="[^"]*"|role="[^"]*"|aria-[a-z]+="[^"]*"|font-family="[^"]*"|opacity="1"|fill-opacity="1")'
)
_EMPTY = re.compile(
    r"<path d=\"[^\"]*\"(?: (?:fill|stroke)=\"none\"| stroke-width=\"0\"|/)*></path>|<g></g>|<g transform=\"translate\(0,0\)\"></g>"
)


def _inline(svg: str, label: str) -> Markup:
    size = _OPENING.search(svg)
    if size is None:
        raise ValueError("vl-convert answered without an svg element")
    width, height = size.groups()
    named = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    body = _NOISE.sub("", svg[size.end() :])
    body = _PAINT.sub(
        lambda found: f'{found[1]}="var(--{_NAME_OF[found[2]]})"' if found[2] in _NAME_OF else found[0], body
    )
    previous = ""
    while previous != body:
        previous, body = body, _EMPTY.sub("", body)
    return Markup(  # noqa: S704 (drawn by vl-convert, which escapes text; the label is escaped above)
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" {named}>{body}'
    )
