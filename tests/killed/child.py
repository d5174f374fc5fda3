"""A run as a process of its own: `python -m tests.killed.child COMPANY [--from RUN STEP] [--stepwise]`.

It says `step: ` and each step's name, and what the step tells. Stepwise, it waits for a line on its input before each step.
"""

import argparse
import sys

from attain import job
from attain.errors import AttainError

STEP = "step: "


def main() -> int:
    """The whole job, or what is left of a run from a step on; 1 when it stopped with a message."""
    parser = argparse.ArgumentParser()
    parser.add_argument("company")
    parser.add_argument("--from", dest="place", nargs=2, metavar=("RUN", "STEP"))
    parser.add_argument("--stepwise", action="store_true")
    asked = parser.parse_args()
    names = {"begin", *job.steps(asked.company)}

    def tell(line: str) -> None:
        sys.stdout.write((STEP if line in names else "") + line + "\n")
        sys.stdout.flush()
        if asked.stepwise and line in names:
            sys.stdin.readline()

    try:
        if asked.place:
            job.go_on(asked.company, int(asked.place[0]), tell, first=asked.place[1])
        else:
            tell("begin")
            run_id = job.begin(asked.company, "test", "killed")
            tell(f"run {run_id}")
            job.go_on(asked.company, run_id, tell)
    except AttainError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
