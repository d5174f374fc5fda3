"""PNG and PDF beside a page: made by a real browser, left out in words without one, never of another page."""

import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from attain.errors import PageRefused
from report import browser, files, pictures

HTML = "<!doctype html><meta charset=utf-8><title>A page</title><p>What the warehouse knows</p>"
needs_chromium = pytest.mark.skipif(browser.find() is None, reason="chromium is not installed")


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A temporary folder of the test's own, for others have browsers at work; short, for Chromium puts sockets there."""
    tmp_path_factory.getbasetemp()  # pytest's own folders stay where they are
    with tempfile.TemporaryDirectory(prefix="attain-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        monkeypatch.setenv("TMPDIR", folder)
        yield


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page as the report writes it."""
    return files.put(HTML, tmp_path / "pages" / "report.html")


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole path; what is put into it as `chromium` is the browser."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def pretend(folder: Path, script: str) -> None:
    """A program on the path that is called chromium."""
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def left_behind() -> list[str]:
    """What browsers left in the test's temporary folder, and processes that use it."""
    folder = Path(tempfile.gettempdir())
    held = [p.name() for p in psutil.process_iter() if f"{folder}/attain-browser-" in " ".join(_words(p))]
    return [str(path) for path in folder.glob("attain-browser-*")] + held


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def endings(folder: Path) -> set[str]:
    return {path.suffix for path in folder.iterdir()} - {""}


@needs_chromium
def test_png_and_pdf_stand_beside_the_page(page: Path) -> None:
    """The PNG is 1280 pixels wide at two dots each, the PDF is A4; nothing of the browser stays."""
    made = pictures.beside([page])
    assert (made.problem, [path.name for path in made.files]) == (None, ["report.png", "report.pdf"])
    png, pdf = (path.read_bytes() for path in made.files)
    assert struct.unpack(">II", png[16:24])[0] == 2 * 1280
    assert pdf.startswith(b"%PDF-")
    assert b"/MediaBox [0 0 595" in pdf
    assert page.read_text() == HTML
    assert left_behind() == []


@needs_chromium
def test_the_browser_asks_for_nothing(tmp_path: Path) -> None:
    """A page that names addresses gets none of them: not by number, not by name, not from a frame or a script."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        there = f"127.0.0.1:{listener.getsockname()[1]}"
        names = "".join(
            f'<img src="http://{host}/a"><iframe src="http://{host}/b"></iframe>' for host in (there, "localhost")
        )
        script = f'<script>fetch("http://{there}/c"); new WebSocket("ws://{there}/d")</script>'
        page = files.put(HTML + names + script, tmp_path / "report.html")
        assert pictures.beside([page]).problem is None
        with pytest.raises(TimeoutError):
            listener.accept()


def test_without_a_browser_it_says_what_to_install(page: Path, pretended: Path) -> None:
    """The page stands, pictures are not made, and one sentence says so."""
    made = pictures.beside([page, page])
    assert made.files == ()
    assert made.problem is not None
    assert "there is no Chromium" in made.problem
    assert "apt install chromium" in made.problem
    assert endings(page.parent) == {".html"}


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exec /bin/sleep 1000", "did not answer in time"),
        ("trap '' TERM HUP PIPE; while :; do /bin/sleep 1; done", "did not answer in time"),
        ("exit 1", "ended before it had drawn anything"),
        ("printf 'no protocol\\0' >&4; /bin/sleep 1000", "failed (JSONDecodeError)"),
        ('printf \'{"id":1,"error":{"message":"no target"}}\\0\' >&4; /bin/sleep 1000', "'no target'"),
        ("/bin/dd if=/dev/zero bs=1 count=0 <&3; exec 3<&-; /bin/sleep 1000", "did not answer in time"),
    ],
)
def test_a_browser_that_fails_or_hangs_costs_no_more_than_the_limit(
    page: Path, pretended: Path, script: str, why: str
) -> None:
    """The page stands, the reason is said, the time is kept, and no process or folder stays."""
    pretend(pretended, script)
    begun = time.monotonic()
    made = pictures.beside([page], patience=1)
    assert time.monotonic() - begun < 10
    assert made.files == ()
    assert made.problem is not None
    assert why in made.problem
    assert "The pages themselves are whole" in made.problem
    assert page.read_text() == HTML
    assert left_behind() == []


@needs_chromium
def test_a_killed_run_leaves_no_browser(page: Path) -> None:
    """Killed while the browser is at work: it ends by itself and its folder goes with it; the page is whole."""
    code = (
        "import os, signal, time; from report import browser\n"
        "with browser.running(browser.find(), time.monotonic() + 60) as at_work:\n"
        f"    at_work.draw({HTML!r}); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=120, cwd=Path(files.__file__).parents[1])
    assert done.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 20
    while left_behind() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_behind() == []


def test_a_new_page_has_no_picture_of_the_old_one(page: Path) -> None:
    """Whoever is stopped between page and pictures leaves the page alone, not beside pictures of another."""
    files.put_beside(page, HTML, {".png": b"old", ".pdf": b"old"})
    files.put(HTML + "<p>newer", page)
    assert endings(page.parent) == {".html"}


def test_pictures_of_a_page_that_was_replaced_meanwhile_are_dropped(page: Path) -> None:
    """Two runs write at once: the slower one's pictures do not land beside the other's page."""
    files.put(HTML + "<p>of another run", page)
    assert files.put_beside(page, HTML, {".png": b"late"}) == []
    assert endings(page.parent) == {".html"}


def test_a_refused_page_keeps_the_old_one_with_its_pictures(page: Path) -> None:
    """Larger than 300 KB: nothing changes."""
    files.put_beside(page, HTML, {".png": b"old"})
    with pytest.raises(PageRefused, match="over 300,000"):
        files.put("x" * 300_001, page)
    assert page.read_text() == HTML
    assert page.with_suffix(".png").read_bytes() == b"old"


def test_one_writer_at_a_time(page: Path) -> None:
    """Page and pictures always belong together, whoever writes when."""
    wrong: list[tuple[str, bytes]] = []

    def write(name: str) -> None:
        for turn in range(40):
            html = f"{HTML}{name}{turn}"
            files.put(html, page)
            files.put_beside(page, html, {".png": html.encode()})

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        with files.alone(page.parent):
            picture = page.with_suffix(".png")
            if picture.exists() and picture.read_bytes() != page.read_bytes():
                wrong.append((page.read_text(), picture.read_bytes()))
    assert wrong == []
