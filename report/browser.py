"""A headless Chromium that draws one page after another: its protocol over two pipes, its own folder, no network.

Nothing listens and nothing is read from disk: a page goes in as text, its pictures come back over the pipe. A browser
whose pipe closes ends by itself, so one whose parent was killed does not stay.
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from attain.settings import child_environment

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_FLAGS = (
    "--headless", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync", "--no-pings",
    "--disable-background-networking", "--disable-component-update", "--disable-domain-reliability",
    "--disable-breakpad", "--disable-crash-reporter", "--disable-features=Translate,MediaRouter,OptimizationHints",
    "--no-proxy-server", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
# The shell outlives us when we are killed: it ends with the browser and takes the browser's folder along.
_SHELL = '"$@" 3<&0 4>&1 </dev/null >/dev/null; rm -rf "$HOME"'
_PARTING = 3.0  # seconds for the browser to end by itself
_A4 = {"paperWidth": 210 / 25.4, "paperHeight": 297 / 25.4}
_TALLEST = 8_000  # pixels that are drawn at two dots each; Chromium draws nothing sound beyond 16,384 dots
_LOADED = "Promise.all([...document.fonts].map(f => f.load())).then(() => document.documentElement.scrollHeight)"


class BrowserError(Exception):
    """The browser did not start, ended, answered with an error or not in time; in words that follow its name."""


@dataclass(frozen=True)
class Drawn:
    """One page as pictures: PNG of its whole height, PDF on A4; both light."""

    png: bytes
    pdf: bytes


def find() -> str | None:
    """The first Chromium on the path; None when there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def running(command: str, deadline: float) -> Iterator["Browser"]:
    """A browser for as long as the block lasts; it and its folder are gone afterwards, whatever happens.

    Args:
        deadline: by `time.monotonic`; whatever is asked later fails.

    Raises:
        BrowserError: it did not start.
    """
    with tempfile.TemporaryDirectory(prefix="attain-browser-", ignore_cleanup_errors=True) as folder:
        flags = [*_FLAGS, f"--user-data-dir={folder}/profile", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        process = subprocess.Popen(
            ["/bin/sh", "-c", _SHELL, "sh", command, *flags, "about:blank"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            env=child_environment({"HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}),
            start_new_session=True,
        )  # fmt: skip
        try:
            yield Browser(process, deadline)
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Close the pipes, which ends the browser; end what is left of its session."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PARTING)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass
class Browser:
    """A browser at work, driven by the DevTools protocol."""

    _process: "subprocess.Popen[bytes]"
    _deadline: float
    _asked: int = 0
    _read: bytearray = field(default_factory=bytearray)

    def draw(self, html: str, width: int = 1280) -> Drawn:
        """The page as PNG, `width` pixels wide and as tall as it is, and as PDF on A4; light, whatever the system says.

        Raises:
            BrowserError: it ended, answered with an error, or the deadline is over.
        """
        target = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = str(self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"])

        def ask(method: str, **parameters: Any) -> dict[str, Any]:
            return self._ask(method, parameters, session)

        light = {"name": "prefers-color-scheme", "value": "light"}
        ask("Emulation.setEmulatedMedia", features=[light])
        metrics = {"width": width, "height": 900, "mobile": False}
        ask("Emulation.setDeviceMetricsOverride", deviceScaleFactor=1, **metrics)
        frame = ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        ask("Page.setDocumentContent", frameId=frame, html=html)
        height = ask("Runtime.evaluate", expression=_LOADED, awaitPromise=True)["result"]["value"]
        ask("Emulation.setDeviceMetricsOverride", deviceScaleFactor=2 if height <= _TALLEST else 1, **metrics)
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        png = ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)["data"]
        pdf = ask("Page.printToPDF", printBackground=True, generateTaggedPDF=True, **_A4)["data"]
        self._ask("Target.closeTarget", {"targetId": target})
        return Drawn(base64.b64decode(png), base64.b64decode(pdf))

    def _ask(self, method: str, parameters: Mapping[str, Any], session: str | None = None) -> dict[str, Any]:
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": parameters}
        self._write(json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._asked:
                break
        if "error" in answer:
            raise BrowserError(f"answered {method} with {answer['error'].get('message', 'an error')!r}")
        return dict(answer["result"])

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        rest = memoryview(data)
        while rest:
            _, ready, _ = select.select([], [self._process.stdin], [], self._left())
            if not ready:
                continue
            try:
                # No more than a pipe takes at once: a larger write would wait for a browser that hangs.
                rest = rest[os.write(self._process.stdin.fileno(), rest[: select.PIPE_BUF]) :]
            except BrokenPipeError:
                raise self._gone() from None

    def _message(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._process.stdout], [], [], self._left())
            if ready:
                data = os.read(self._process.stdout.fileno(), 1 << 20)
                if not data:
                    raise self._gone()
                self._read += data
        message, _, rest = bytes(self._read).partition(b"\0")
        self._read = bytearray(rest)
        return dict(json.loads(message))

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise BrowserError("did not answer in time")
        return left

    def _gone(self) -> BrowserError:
        return BrowserError("ended before it had drawn anything" if self._asked == 1 else "ended while it was drawing")
