"""A home that takes no more bytes: said in words, and nothing is left running."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from attain import server

FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); from attain.cli import app; app()"


def _command(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ATTAIN_")}
    return subprocess.run(
        [sys.executable, "-c", FULL, *words], env={**environment, "ATTAIN_HOME": str(home), "COLUMNS": "400"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("words", [("run",), ("run", "--company", "acme")], ids=["demo", "own"])
def test_home_without_room_is_said_in_words(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "companies" / "acme").mkdir(parents=True)
    (tmp_path / "companies" / "acme" / "sources.yml").write_text("sources: {}\n", encoding="utf-8")
    told = _command(tmp_path, *words)
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "File too large" in told.stdout + told.stderr
    assert not server.status(tmp_path).running


def test_home_that_is_a_file_is_said_in_words(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.touch()
    told = _command(home, "run", "--company", "acme")
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "home" in told.stderr
