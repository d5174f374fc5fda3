"""Colours as they are really painted: a screenshot's pixels, looked at by a browser, and contrast by WCAG 2."""

import base64
import re
from typing import Any

from playwright.sync_api import Page

Colour = tuple[int, int, int]

# For each box the colours that make up at least a share of its pixels.
_LOOK = """async ([png, groups, share]) => {
    const image = new Image();
    image.src = "data:image/png;base64," + png;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d", {willReadFrequently: true});
    context.drawImage(image, 0, 0);
    return groups.map(boxes => {
        const counts = new Map();
        let total = 0;
        for (const [left, top, width, height] of boxes) {
            const x = Math.max(0, Math.floor(left)), y = Math.max(0, Math.floor(top));
            const w = Math.min(Math.ceil(width), image.width - x), h = Math.min(Math.ceil(height), image.height - y);
            if (w < 1 || h < 1) continue;
            const data = context.getImageData(x, y, w, h).data;
            for (let i = 0; i < data.length; i += 4) {
                const key = data[i] << 16 | data[i + 1] << 8 | data[i + 2];
                counts.set(key, (counts.get(key) || 0) + 1);
                total += 1;
            }
        }
        return [...counts].filter(([, n]) => n >= total * share).map(([key]) => [key >> 16, key >> 8 & 255, key & 255]);
    });
}"""


def behind(looker: Page, png: bytes, boxes: list[list[list[float]]], share: float = 0.04) -> list[list[Colour]]:
    """For each group of boxes the colours painted in it, by `looker`, any page that is open.

    Args:
        share: colours that make up less of the boxes are edges and hairlines, not what a text stands on.
    """
    found = looker.evaluate(_LOOK, [base64.b64encode(png).decode(), boxes, share])
    return [[(r, g, b) for r, g, b in colours] for colours in found]


def colour(css: str) -> Colour:
    """'rgb(26, 82, 144)' as numbers."""
    numbers: list[Any] = re.findall(r"[\d.]+", css)
    assert len(numbers) == 3 or float(numbers[3]) == 1, f"{css} is not opaque"
    return int(numbers[0]), int(numbers[1]), int(numbers[2])


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2's ratio, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(found: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (n / 255 for n in found)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
