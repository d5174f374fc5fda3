"""The first day: every command of docs/tutorial.md, as it stands, in a folder of a newcomer's own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from attain import transform
from tests import guides

PROJECT = transform.PROJECT.parent


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment without anything of ours; whatever the tutorial started is ended."""
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "UV_CACHE_DIR") if name in os.environ}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(PROJECT), "COLUMNS": "200"}
    yield environment
    own = environment | {"ATTAIN_HOME": str(tmp_path / "attain-first-day/home")}
    subprocess.run([sys.executable, "-m", "attain.cli", "down"], env=own, cwd=tmp_path, check=False)
    subprocess.run(
        [sys.executable, "-c", "from attain import server, settings; server.remove(settings.load().home)"],
        env=own, cwd=tmp_path, check=True,
    )  # fmt: skip


def installed_by_make() -> bool:
    """Whether `make install` has nothing to do, as after `make test`: no test may install into a caller's environment."""
    made = PROJECT / ".venv/.run"
    return made.is_file() and made.stat().st_mtime >= max(
        (PROJECT / n).stat().st_mtime for n in ("uv.lock", "pyproject.toml")
    )


@pytest.mark.skipif(not installed_by_make(), reason="this checkout was not installed by make")
@pytest.mark.timeout(1800)
def test_the_tutorial_works_as_it_stands(newcomer: dict[str, str], tmp_path: Path) -> None:
    """Each command succeeds and says what the page says it does."""
    guides.follow(PROJECT / "docs/tutorial.md", PROJECT, newcomer, tmp_path / "state")
