"""Airflow's scheduler with what tasks import loaded beforehand.

Its workers are forked from it, and tasks from them, so each task starts with these modules in memory: without, every
check of a stage imports Great Expectations anew (six CPU seconds), and every task Airflow's own task runner.
"""

import importlib
import runpy
import sys

PRELOADED = (
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.sdk.execution_time.request_handlers",
    "airflow.dag_processing.dagbag",
    "airflow.providers.standard.decorators.python",
    "attain.job",
    "attain.migrate",
    "attain.publish",
    "attain.transform",
    "extract.land",
    "extract.plan",
    "extract.registry",
    "expectations.run",
    "expectations.gx",
    "report.page",
    "report.validation",
)


def main() -> None:
    """Load, then be `airflow scheduler` with the arguments given."""
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            # The task that needs it will say so where it is read; the scheduler itself does not need it.
            sys.stderr.write(f"not loaded beforehand: {name}: {error}\n")
    sys.argv = ["airflow", "scheduler", *sys.argv[1:]]
    runpy.run_module("airflow", run_name="__main__")


if __name__ == "__main__":
    main()
