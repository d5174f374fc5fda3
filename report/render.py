"""Templates, style and fonts into one file that asks for nothing else."""

import base64
import functools
import re
from collections.abc import Mapping
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from report import words

_HERE = Path(__file__).parent
_JOINTS = re.compile(r"(?<=[._])(?=[^._])")
_FACES = (
    ("Inter", 400, "Inter-Regular"),
    ("Inter", 600, "Inter-SemiBold"),
    ("Inter Display", 600, "InterDisplay-SemiBold"),
)


def page(template: str, values: Mapping[str, object]) -> str:
    """The page as HTML; every value is escaped unless our own code made it markup."""
    return _environment().get_template(template).render(values)


def breakable(name: str) -> Markup:
    """A table's name that may be broken after its dots and underscores, and there alone."""
    return Markup(_JOINTS.sub("<wbr>", str(escape(name))))  # noqa: S704 (escaped)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "whole": words.whole,
        "signed": words.signed,
        "percent": words.percent,
        "moment": words.moment,
        "short_moment": words.short_moment,
        "duration": words.duration,
        "age": words.age,
        "breakable": breakable,
        "day": words.day,
        "short_day": words.short_day,
    }
    environment.globals["not_recorded"] = words.NOT_RECORDED
    # Our own files, no data.
    environment.globals["style"] = Markup((_HERE / "style.css").read_text())  # noqa: S704
    environment.globals["fonts"] = Markup(_faces())  # noqa: S704
    return environment


def _faces() -> str:
    faces = []
    for family, weight, file in _FACES:
        data = base64.b64encode((_HERE / "fonts" / f"{file}.woff2").read_bytes()).decode()
        faces.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:block;'
            f'src:url(data:font/woff2;base64,{data}) format("woff2")}}'
        )
    return "\n".join(faces)
