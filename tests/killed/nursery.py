"""Runs start here: a process that has everything imported and forks, as Airflow's scheduler does for its tasks.

`python -m tests.killed.nursery` reads `FOLDER ARGUMENTS...` lines. Each starts `tests.killed.child` in a session of its
own, with the pipes FOLDER/in and FOLDER/out; its number is written to FOLDER/pid and, once it has ended, its exit code
to FOLDER/code.
"""

import importlib
import os
import shlex
import signal
import sys
from pathlib import Path

from attain.airflow_scheduler import PRELOADED
from tests.killed import child


def main() -> None:
    """Load, then fork for each line until there are no more."""
    for name in PRELOADED:
        if not name.startswith("airflow."):
            importlib.import_module(name)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        folder, *arguments = shlex.split(line)
        if os.fork() == 0:
            _watch(Path(folder), arguments)
        # Whoever watches is not waited for here; its end is of no interest.
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watch(folder: Path, arguments: list[str]) -> None:
    """Be the parent of one run, and write down how it ended."""
    pid = os.fork()
    if pid == 0:
        _be_the_run(folder, arguments)
    _write(folder / "pid", str(pid))
    status = os.waitpid(pid, 0)[1]
    _write(folder / "code", str(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _be_the_run(folder: Path, arguments: list[str]) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it
    for name, flags, number in (("in", os.O_RDWR, 0), ("out", os.O_WRONLY, 1)):
        opened = os.open(folder / name, flags)
        os.dup2(opened, number)
        os.close(opened)
    os.dup2(1, 2)
    sys.argv = ["child", *arguments]
    code = 1
    try:
        code = child.main()
    except SystemExit as error:
        code = int(error.code or 0)
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # noqa: BLE001 - said as Python itself would say it
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _write(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


if __name__ == "__main__":
    main()
