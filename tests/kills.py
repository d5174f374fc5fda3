"""Ending a first run with kill -9, or its database, at a moment inside a stage, and running it again.

Runs after the first are disturbed in `tests/killed`, which goes back to any step of one.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from attain import server, settings


@dataclass(frozen=True)
class Kill:
    """When the run says `line`, wait for so many further lines, then kill."""

    line: str
    further: int
    what: Literal["run", "database"]


FIRST_RUN = (
    Kill("extract salesforce", 7, "run"),
    Kill("validate raw", 0, "database"),
    Kill("transform staging", 20, "run"),
    Kill("transform core", 12, "database"),
)


def run_through(company: str, planned: Sequence[Kill]) -> None:
    """Start the job once for each planned kill, then once more to its end."""
    for kill in planned:
        assert _run(company, kill) != 0, f"the run was over before it said {kill.line}"
    assert _run(company, None) == 0


def _run(company: str, kill: Kill | None) -> int:
    """The job as a process of its own; its exit code."""
    code = (
        "import sys; from attain import job\n"
        "job.run_bare(sys.argv[1], 'test', 'pytest', lambda line: print(line, flush=True))"
    )
    command = [sys.executable, "-c", code, company]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout)
        if kill is not None and _reached(lines, kill):
            _kill(kill, process)
        rest = "".join(lines)
        if process.wait() != 0 and kill is None:
            sys.stderr.write(rest[-3000:])
        return process.returncode


def _reached(lines: Iterator[str], kill: Kill) -> bool:
    """Read what the run says up to the moment of the kill; False when it ended before."""
    for line in lines:
        if line.strip() == kill.line:
            return all(next(lines, None) is not None for _ in range(kill.further))
    return False


def _kill(kill: Kill, process: "subprocess.Popen[str]") -> None:
    if kill.what == "run":
        process.kill()
        return
    home = settings.load().home
    pid = server.status(home).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    process.wait()
    server.start(home)
