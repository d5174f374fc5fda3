"""Runs another module's command line as a child that ends with its parent: `python -m attain.child MODULE ARGUMENTS`.

A parent that is killed cannot end its children. One that went on would hold locks in the warehouse that the next run
waits for.
"""

import os
import runpy
import signal
import sys
import threading
import time

_SECONDS = 0.5


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS)  # noqa: TID251 - nothing tells a process that its parent has ended
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Watch the parent, then be the module. The process must lead its own group: the whole group is ended."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    module, sys.argv = sys.argv[1], sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
