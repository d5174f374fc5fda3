"""Pages and their pictures on disk: each file changes in one move, and a picture never shows another page than its HTML."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attain.errors import PageRefused

MOST_BYTES = 300_000
PICTURES = (".png", ".pdf")


def put(html: str, out: Path) -> Path:
    """Write the page in one move: a reader sees the old file or the new one. Pictures of the old one go first.

    Raises:
        PageRefused: the page is larger than 300 KB; the old one stays.
    """
    content = html.encode()
    if len(content) > MOST_BYTES:
        raise PageRefused(
            f"report: {out.name} would have {len(content):,} bytes, over {MOST_BYTES:,}. The last one stays."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with alone(out.parent):
        for ending in PICTURES:
            out.with_suffix(ending).unlink(missing_ok=True)
        return _move(content, out)


def put_beside(page: Path, html: str, pictures: Mapping[str, bytes]) -> list[Path]:
    """Write pictures, by their endings, beside the page they were drawn from; nothing when the page is another by now."""
    with alone(page.parent):
        if page.read_bytes() != html.encode():
            return []
        return [_move(content, page.with_suffix(ending)) for ending, content in pictures.items()]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One writer at a time; the lock of a process that was killed is free."""
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _move(content: bytes, out: Path) -> Path:
    draft = out.with_name(out.name + ".new")
    draft.write_bytes(content)
    return draft.replace(out)
