"""PNG and PDF beside each page, drawn by the Chromium that the machine has; without one the pages stand alone."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from report import browser, files

PATIENCE = 60.0
INSTALL = (
    "To have them, install Chromium and see that `chromium` is on the path (Debian, Ubuntu: apt install chromium; "
    "macOS: brew install --cask chromium), then run `attain report`."
)


@dataclass(frozen=True)
class Made:
    """The pictures, and what to say when some were not made."""

    files: tuple[Path, ...] = ()
    problem: str | None = None


def beside(pages: Sequence[Path], patience: float = PATIENCE) -> Made:
    """Draw each page's PNG (1280 pixels wide) and PDF (A4), light, beside it. Never fails, and ends in time.

    Args:
        pages: HTML files as they stand.
        patience: seconds for all of them together; what is not drawn by then is left out.
    """
    command = browser.find()
    if command is None:
        return Made(problem=f"PNG and PDF of the pages were not made: there is no Chromium. {INSTALL}")
    made: list[Path] = []
    try:
        with browser.running(command, time.monotonic() + patience) as at_work:
            for page in pages:
                html = page.read_text(encoding="utf-8")
                drawn = at_work.draw(html)
                made += files.put_beside(page, html, {".png": drawn.png, ".pdf": drawn.pdf})
    except (browser.BrowserError, OSError, ValueError, KeyError) as error:
        why = error if isinstance(error, browser.BrowserError) else f"failed ({type(error).__name__})"
        kept = "The pages themselves are whole; `attain report` tries again."
        return Made(tuple(made), f"PNG and PDF of the pages were not all made: {command} {why}. {kept}")
    return Made(tuple(made))
