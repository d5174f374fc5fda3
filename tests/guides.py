"""Guides as programs: the code blocks of a page, in order, as a reader would follow them."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"`([\w./]+)`:\s*$")
_HUNK = re.compile(r"^@@.*?@@.*?\n", re.MULTILINE)
_LONGEST = 900  # seconds for the commands of one block


@dataclass(frozen=True)
class Block:
    """A code block.

    Args:
        kind: its language: `sh` is run, `text` is what the block before it says, `diff` is applied, others are written.
        path: where to write it, as the line before says.
    """

    kind: str
    text: str
    path: str | None


def blocks(page: Path) -> list[Block]:
    """Every code block of the page."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        named = _PATH.search(text[: match.start()])
        found.append(Block(match[1], match[2], named[1] if named else None))
    return found


def follow(page: Path, folder: Path, environment: Mapping[str, str], state: Path) -> None:
    """Do what the page says in `folder`: write its files, apply its changes, run its commands.

    Args:
        state: a file that carries what a shell exported, and where it stood, from one block to the next.

    Raises:
        AssertionError: a change does not fit, a command failed, or it did not say what the page says it does.
    """
    said = ""
    for block in blocks(page):
        if block.kind == "sh":
            said = _run(block.text, folder, environment, state)
        elif block.kind == "text":
            missing = [line for line in block.text.splitlines() if not _says(said, line)]
            assert missing == [], f"{page.name} promises {missing}, and got:\n{said[-4000:]}"
        elif block.kind == "diff":
            _change(block.text, folder)
        elif block.path:
            (folder / block.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.path).write_text(block.text, encoding="utf-8")


def _run(commands: str, folder: Path, environment: Mapping[str, str], state: Path) -> str:
    """One block in a shell that goes on where the one before ended."""
    script = f'[ -f {state} ] && . {state}\nset -eu\n{commands}\nexport -p > {state}\necho cd "$PWD" >> {state}\n'
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False, timeout=_LONGEST,
    )  # fmt: skip
    assert done.returncode == 0, f"{commands}\n{done.stdout[-6000:]}"
    return done.stdout


def _says(said: str, line: str) -> bool:
    """Whether the words of a line come one after the other; `...` stands for whatever is between."""
    parts = [re.escape(" ".join(part.split())) for part in line.split("...")]
    return re.search(".*?".join(parts), " ".join(said.split())) is not None


def _change(diff: str, folder: Path) -> None:
    path: Path | None = None
    for section in re.split(r"^--- .*\n", diff, flags=re.MULTILINE)[1:]:
        head, body = section.split("\n", 1)
        path = folder / head.removeprefix("+++ b/")
        for hunk in _HUNK.split(body)[1:]:
            _apply(hunk, path)


def _apply(hunk: str, path: Path) -> None:
    """Line numbers are left out of account: what stands there now must be there once."""
    lines = list(_lines(hunk))
    old = "".join(text for mark, text in lines if mark in " -")
    new = "".join(text for mark, text in lines if mark in " +")
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} has {text.count(old)} places like:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def _lines(hunk: str) -> Iterator[tuple[str, str]]:
    for line in hunk.splitlines():
        yield (line[0], line[1:] + "\n") if line else (" ", "\n")
