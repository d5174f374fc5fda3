"""The main job: the steps of one run, in order. The DAG makes a task of each; `attain run` does them one by one.

Each step is a function of the company's name and the run's number, so that a scheduler can start it in a process of
its own. It returns a small summary, without secrets and without values.
"""

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from attain import migrate, ops, postgres, runs, secrets, settings
from attain.errors import AttainError
from attain.runs import Run
from attain.settings import Database, Settings

log = logging.getLogger(__name__)

Summary = dict[str, Any]
Tell = Callable[[str], None]
StepOfRun = Callable[[int, Tell], object]

STAGES = ("staging", "core", "marts")
CHECKED = ("raw", "staging", "marts")


def silent(_: str) -> None:
    """Tells nobody."""


def opened(company: str) -> tuple[Settings, Database]:
    """The company's settings and its prepared database.

    Raises:
        SettingsError: the database has not been prepared.
    """
    chosen = settings.load(company)
    return chosen, migrate.connect(chosen)


def prepare(company: str) -> Database:
    """Make or migrate the company's database: roles, schemas, `ops`, every source's raw tables, views over `ops`."""
    from attain import publish as publishing
    from extract import registry

    database = migrate.prepare(settings.load(company), registry.all_tables())
    publishing.ensure_views(database)
    return database


def sources(company: str) -> tuple[str, ...]:
    """The names of the sources that are on, the company's own folder first."""
    from extract import plan

    return tuple(planned.name for planned in plan.read(settings.load(company).company_folder))


def begin(company: str, trigger: str, holder: str, *, full_refresh: bool = False) -> int:
    """Start a run: prepare the database, take the lease, settle whether everything is rebuilt; the run's number.

    Raises:
        LeaseLost: another run of this company is at work at this moment.
    """
    from attain import transform
    from expectations import run as checks
    from extract import plan

    database = prepare(company)
    known = plan.fingerprint(settings.load(company).company_folder) + transform.fingerprint() + checks.fingerprint()
    return runs.begin(database, trigger, holder, known, full_refresh=full_refresh).run_id


def extract(
    company: str, run_id: int, source: str, tell: Tell = silent, connection: Mapping[str, Any] | None = None
) -> Summary:
    """Land what is new in one source.

    Args:
        connection: what a scheduler's connection store knows of the source; None reads the environment.
    """
    from extract import land, plan, registry

    chosen, database, run = _at(company, run_id)
    planned = plan.entry(chosen.company_folder, source)
    with runs.step(database, run, f"extract {source}") as step:
        asked = registry.source(planned.source)
        ready = asked.settings(planned, planned.own(environment(chosen)), connection)
        landed = land.extract(database, run, asked, ready, planned.account, tell, step.detail)
        counts = ("rows_in", "inserted", "updated", "unchanged", "deleted", "rejected", "stale")
        step.detail |= {name: sum(asdict(each)[name] for each in landed) for name in counts}
    return step.detail


def settle_clock(company: str, run_id: int, as_of: datetime | None = None) -> datetime:
    """Fix the run's `as_of` once: the earliest end among sources that have a clock, else the given time, else now."""
    _, database, run = _at(company, run_id)
    if run.as_of is not None:
        return run.as_of
    end = runs.source_clock(database, run) or as_of or datetime.now(UTC)
    runs.set_as_of(database, run, end)
    return end


def validate(company: str, run_id: int, stage: str) -> Summary:
    """Run the checks of one stage.

    Raises:
        ValidationStopped: a critical check failed; the results are recorded.
    """
    from expectations import run as checks
    from extract import registry

    _, database, run = _at(company, run_id)
    with runs.step(database, run, f"validate {stage}") as step:
        step.detail |= asdict(checks.validate(database, run, stage, registry.all_tables()))
    return step.detail


def transform(company: str, run_id: int, stage: str, tell: Tell = silent) -> Summary:
    """Build one stage's models and run their tests in one dbt invocation.

    Raises:
        TransformFailed: naming model or test and its first failing rows.
    """
    from attain import transform as dbt

    chosen, database, run = _at(company, run_id)
    with runs.step(database, run, f"transform {stage}") as step:
        step.detail |= dbt.transform(database, run, stage, chosen.run_folder(run_id), tell)
    return step.detail


def publish(company: str, run_id: int) -> Summary:
    """Carry marts over to reporting in one transaction."""
    from attain import publish as publishing

    chosen, database, run = _at(company, run_id)
    with runs.step(database, run, "publish") as step:
        step.detail |= publishing.publish(database, run, chosen.run_folder(run_id))
    return step.detail


def report(company: str, run_id: int) -> Summary:
    """Write the report and the validation page from what is published."""
    chosen, database, run = _at(company, run_id)
    with runs.step(database, run, "report") as step:
        written, said = write_pages(chosen, database, run_id)
        step.detail |= {"pages": [str(path) for path in written], "pictures": said}
    return step.detail


def write_pages(chosen: Settings, database: Database, run_id: int) -> tuple[list[Path], str | None]:
    """Write both pages of a published run, and their pictures; the paths, and what to say of pictures not made."""
    from report import page, pictures, validation

    folder = chosen.report_folder
    pages = [
        page.write(database, run_id, folder / "report.html"),
        validation.write(database, run_id, folder / "validation.html"),
    ]
    drawn = pictures.beside(pages)
    return [*pages, *drawn.files], drawn.problem


def said_of_pictures(database: Database, run_id: int) -> str | None:
    """What a run's report step said of pictures that were not made."""
    steps = ops.run_steps
    said = sa.select(steps.c.detail["pictures"].astext).where(steps.c.run_id == run_id, steps.c.step == "report")
    with postgres.transaction(postgres.engine(database, "owner")) as connection:
        return connection.scalar(said.order_by(steps.c.attempt.desc()).limit(1))


def finish(company: str, run_id: int) -> Summary:
    """End the run: published, with its summary kept."""
    _, database, run = _at(company, run_id)
    runs.finish(database, run)
    return {}


def fail(company: str, run_id: int, error: str) -> None:
    """Record why a run ended without publishing and let the pages say so; the last good publication stays up."""
    from attain import summary
    from report import page, pictures, validation

    chosen, database, run = _at(company, run_id)
    runs.fail(database, run, error)
    try:
        pages = [validation.write(database, run_id, chosen.report_folder / "validation.html")]
        good = summary.latest(database, published=True)
        if good is not None:
            pages.append(page.write(database, good, chosen.report_folder / "report.html"))
        pictures.beside(pages)
    except AttainError as problem:
        log.warning("the pages do not tell of it: %s", problem)


def steps(company: str, as_of: datetime | None = None) -> dict[str, StepOfRun]:
    """What follows `begin`, by name and in order; each takes the run's number and whom to tell of its progress."""

    def extracting(source: str) -> StepOfRun:
        return lambda run_id, tell: extract(company, run_id, source, tell)

    def building(stage: str) -> StepOfRun:
        return lambda run_id, tell: transform(company, run_id, stage, tell)

    def checking(stage: str) -> StepOfRun:
        return lambda run_id, _: validate(company, run_id, stage)

    made = {f"extract {source}": extracting(source) for source in sources(company)}
    made["settle clock"] = lambda run_id, _: settle_clock(company, run_id, as_of)
    made["validate raw"] = checking("raw")
    for stage in STAGES:
        made[f"transform {stage}"] = building(stage)
        if stage in CHECKED:
            made[f"validate {stage}"] = checking(stage)
    made["publish"] = lambda run_id, _: publish(company, run_id)
    made["report"] = lambda run_id, _: report(company, run_id)
    made["finish"] = lambda run_id, _: finish(company, run_id)
    return made


def run_bare(
    company: str, trigger: str, holder: str, tell: Tell = silent, as_of: datetime | None = None,
    *, full_refresh: bool = False,
) -> int:  # fmt: skip
    """Do the whole job here, one step after the other, without a scheduler; the run's number.

    Raises:
        AttainError: of the step that stopped it, after it has been recorded.
    """
    run_id = begin(company, trigger, holder, full_refresh=full_refresh)
    go_on(company, run_id, tell, as_of)
    return run_id


def go_on(
    company: str, run_id: int, tell: Tell = silent, as_of: datetime | None = None, first: str | None = None
) -> None:
    """Do the steps of a run that has begun, from `first` on; told as they start.

    Raises:
        AttainError: of the step that stopped it, after it has been recorded.
    """
    todo = steps(company, as_of)
    names = list(todo)
    try:
        for name in names[names.index(first) if first else 0 :]:
            tell(name)
            todo[name](run_id, tell)
    except BaseException as error:
        with suppress(AttainError):  # its own error matters more than that nobody could write it down
            fail(company, run_id, runs.describe(error))
        raise


def environment(chosen: Settings) -> dict[str, str]:
    """Where sources find addresses and credentials: what was kept for this company, else the environment."""
    kept = f"{chosen.company}.connections"
    own = json.loads(secrets.secrets(chosen.home, (kept,))[kept]) if kept in secrets.known(chosen.home) else {}
    inherited = {} if own else settings.variables("ATTAIN_")  # two logins must not be mixed
    return inherited | own


def _at(company: str, run_id: int) -> tuple[Settings, Database, Run]:
    chosen, database = opened(company)
    return chosen, database, runs.load(database, run_id)
