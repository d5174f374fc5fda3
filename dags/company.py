"""One DAG per company: from its source systems to what its people read.

    begin -> extract (a task per source) -> raw -> staging -> core -> marts -> publish -> report -> end

Every task is a step of `attain.job`, which says what it does. Reading this file opens no connection: it lists the
company folders and the names in their `sources.yml`.
"""

import logging
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import yaml
from airflow.sdk import (
    DAG,
    Asset,
    Connection,
    Context,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    TaskGroup,
    chain,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowNotFoundException

from attain import errors, settings

log = logging.getLogger(__name__)

WHAT_IT_IS = """
### Brings {company} up to date

Fetches what is new in its sources, checks it, rebuilds what it touches, checks that, and publishes all of it in one
transaction: readers see all of the old figures, then all of the new ones.

**When**: {when}. One run at a time; a later run takes over from one that was killed.

**When it fails**: the last good publication stays. The failed task's log says what is wrong, where, and what to do;
`ops.runs` and the validation page say it too. After a fix, clear the failed task (it goes on from there) or trigger
the DAG anew (it looks again at all that was not published).

**Parameters**: `as_of`, the day to look at it from, where no source has a clock of its own; `full_refresh`, to
rebuild everything.

**Whom to ask**: whoever keeps `{folder}`.
"""

WRONG_UNTIL_SOMEONE_ACTS: list[type[BaseException] | str] = [
    errors.SettingsError,
    errors.SourceRefused,
    errors.UnreadableInput,
    errors.TooManyRejected,
    errors.ValidationStopped,
    errors.LeaseLost,
]


def company_folders(home: Path) -> Iterator[Path]:
    """The folders of companies in this installation."""
    yield from sorted(path.parent for path in (home / "companies").glob("*/sources.yml"))


def source_names(folder: Path) -> list[str]:
    """The sources that are on. A file that cannot be read gives none: the first task then says what is wrong."""
    try:
        content = yaml.safe_load((folder / "sources.yml").read_text(encoding="utf-8"))
        return ["company", *(name for name in content["sources"] if name != "company")]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return ["company"]


def connection_of(company: str, source: str) -> dict[str, Any] | None:
    """What Airflow's connection `attain_<company>_<source>` holds; None leaves the source to the environment."""
    try:
        found = Connection.get(f"{settings.database_name(company)}_{source}")
    except AirflowNotFoundException:
        return None
    return {
        "host": found.host,
        "login": found.login,
        "password": found.password,
        "schema": found.schema,
        "port": found.port,
        **found.extra_dejson,
    }


def record_failure(company: str, context: Context) -> None:
    """Let `ops` say why the run ended, once no further attempt is made."""
    from attain import job, runs

    instance = context["ti"]
    run_id = instance.xcom_pull(task_ids="begin")
    if run_id is not None:
        error = context.get("exception")
        why = runs.describe(error) if isinstance(error, BaseException) else "its process was killed"
        job.fail(company, int(run_id), f"{instance.task_id}: {why}")


@task
def begin(company: str) -> int:
    """Prepare the database, take the company's lease and start a run."""
    from attain import job

    context = get_current_context()
    holder = f"{context['run_id']} on {socket.gethostname()}"
    return job.begin(company, "airflow", holder, full_refresh=bool(context["params"]["full_refresh"]))


@task
def extract(company: str, run: int, source: str) -> object:
    """Land what is new in one source."""
    from attain import job

    return job.extract(company, run, source, log.info, connection_of(company, source))


@task
def settle_clock(company: str, run: int) -> str:
    """Fix the moment that the whole run looks at the business from."""
    from attain import job

    given = get_current_context()["params"]["as_of"]
    return job.settle_clock(company, run, datetime.fromisoformat(given) if given else None).isoformat()


@task
def transform(company: str, run: int, stage: str) -> object:
    """Build and test the models of one stage."""
    from attain import job

    return job.transform(company, run, stage, log.info)


@task
def validate(company: str, run: int, stage: str) -> object:
    """Check what one stage holds."""
    from attain import job

    return job.validate(company, run, stage)


@task
def publish(company: str, run: int) -> object:
    """Carry the marts over to what people read."""
    from attain import job

    return job.publish(company, run)


@task
def report(company: str, run: int) -> object:
    """Write the report and the validation page."""
    from attain import job

    return job.report(company, run)


@task
def end(company: str, run: int) -> object:
    """End the run."""
    from attain import job

    return job.finish(company, run)


def company_dag(folder: Path) -> DAG:
    """The DAG of one company."""
    company, schedule = folder.name, settings.variable("ATTAIN_SCHEDULE")
    warehouse = settings.database_name(company)
    retry_seconds = float(settings.variable("ATTAIN_RETRY_SECONDS") or 5)
    defaults = {
        "owner": company,
        "retries": int(settings.variable("ATTAIN_RETRIES") or 2),
        "retry_delay": timedelta(seconds=retry_seconds),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(seconds=retry_seconds * 30),
        "retry_policy": ExceptionRetryPolicy([RetryRule(WRONG_UNTIL_SOMEONE_ACTS, RetryAction.FAIL)]),
        "on_failure_callback": partial(record_failure, company),
    }
    params = {
        "as_of": Param(None, type=["null", "string"], format="date-time"),
        "full_refresh": Param(False, type="boolean"),
    }
    made = DAG(
        warehouse,
        description=f"Brings {company} up to date",
        doc_md=WHAT_IT_IS.format(company=company, folder=folder, when=schedule or "when triggered"),
        schedule=schedule,
        catchup=False,
        max_active_runs=1,
        default_args=defaults,
        params=params,
        tags=["attain"],
    )
    with made:
        begun = begin(company)
        run = cast("int", begun)
        with TaskGroup("extract", tooltip="Land what is new, source by source") as extracted:
            for source in source_names(folder):
                landed = Asset(f"{warehouse} raw {source}", f"attain://{warehouse}/raw/{source}")
                extract.override(task_id=source, outlets=[landed])(company, run, source)
        with TaskGroup("raw", tooltip="Is what landed fit to use?") as raw:
            settle_clock(company, run) >> validate.override(task_id="validate")(company, run, "raw")
        stages = []
        for stage, checked in (("staging", True), ("core", False), ("marts", True)):
            with TaskGroup(stage) as group:
                built = transform.override(task_id="transform")(company, run, stage)
                if checked:
                    built >> validate.override(task_id="validate")(company, run, stage)
            stages.append(group)
        readable = Asset(f"{warehouse} reporting", f"attain://{warehouse}/reporting")
        published = publish.override(outlets=[readable])(company, run)
        chain(begun, extracted, raw, *stages, published, report(company, run), end(company, run))
    return made


for each in company_folders(settings.load().home):
    globals()[settings.database_name(each.name)] = company_dag(each)
