"""The text of a PDF as Chromium writes it, page by page, in the order it was painted. No more of PDF than that needs."""

import re
import zlib
from dataclasses import dataclass

_OBJECT = re.compile(rb"\n(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_RUN = re.compile(rb"/(F\d+) ([\d.]+) Tf|<([0-9A-Fa-f]+)> Tj")


@dataclass(frozen=True)
class Run:
    """A run of text in one font; size in CSS pixels."""

    text: str
    size: float


def pages(pdf: bytes) -> list[list[Run]]:
    """The runs of each page."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    found = [body for body in objects.values() if re.match(rb"<</Type /Page\n", body)]
    return [_runs(objects, body) for body in found]


def text(runs: list[Run]) -> str:
    """Runs as one text without spaces: kerning cuts words into runs, so spaces between runs mean nothing."""
    return re.sub(r"\s+", "", "".join(run.text for run in runs))


def _runs(objects: dict[int, bytes], page: bytes) -> list[Run]:
    fonts = {name.decode(): _letters(objects, int(number)) for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", page)}
    content = _stream(objects[_reference(page, b"Contents")])
    runs, font, size = [], "", 0.0
    for name, scale, glyphs in _RUN.findall(content):
        if name:
            font, size = name.decode(), float(scale)
        else:
            codes = re.findall(r"[0-9A-F]{4}", glyphs.decode().upper())
            runs.append(Run("".join(fonts[font].get(code, "\N{REPLACEMENT CHARACTER}") for code in codes), size))
    return runs


def _letters(objects: dict[int, bytes], font: int) -> dict[str, str]:
    table = _stream(objects[_reference(objects[font], b"ToUnicode")]).decode()
    known = {}
    for block in re.findall(r"beginbfchar\n(.*?)endbfchar", table, re.DOTALL):
        for code, letters in re.findall(r"<(\w+)> <(\w+)>", block):
            known[code.upper()] = bytes.fromhex(letters).decode("utf-16-be")
    for block in re.findall(r"beginbfrange\n(.*?)endbfrange", table, re.DOTALL):
        for first, last, letter in re.findall(r"<(\w+)> <(\w+)> <(\w+)>", block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                known[f"{int(first, 16) + step:04X}"] = chr(int(letter, 16) + step)
    return known


def _reference(body: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None, name
    return int(found[1])


def _stream(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*?)\r?\nendstream", body, re.DOTALL)
    assert found is not None
    return zlib.decompress(found[1])
