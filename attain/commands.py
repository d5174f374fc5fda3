"""What the larger commands do: put the company's folder in place, start what a run needs, run, show, end it again."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from attain import demo_company, job, migrate, server, settings, shared, summary, terminal
from attain.airflow_processes import ended_with_us
from attain.errors import AttainError, RunFailed, ServerError, SettingsError
from attain.settings import Settings

if TYPE_CHECKING:
    from attain.airflow import Airflow

_NO_ROOM = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}
)
PAGES = ("report.html", "validation.html")


def chosen(company: str | None, source: str | None, path: Path | None) -> Settings:
    """Settings of the company asked for; for a folder of files, its company folder is written first.

    Raises:
        SettingsError: the options do not go together.
    """
    if source is None and path is None:
        return settings.load(company)
    if source != "files" or path is None:
        raise SettingsError("run: a folder is loaded with `--source files --path FOLDER`. Nothing was read.")
    from extract.files.mapping.document import company_name

    return _of_files(settings.load(company or company_name(path)), path.resolve())


def _of_files(known: Settings, path: Path) -> Settings:
    if known.company == demo_company.COMPANY:
        raise SettingsError("run: `demo` is the demo company. Nothing was read. Give your own with --company NAME.")
    folder = known.company_folder
    target = folder / "sources.yml"
    wanted = {"sources": {"files": {"path": str(path)}}}
    if target.is_file() and yaml.safe_load(target.read_text(encoding="utf-8")) != wanted:
        raise SettingsError(
            f"{target}: company {known.company} has other sources. Nothing was read. Change that file and use "
            f"`attain run --company {known.company}`, or give another --company."
        )
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(yaml.safe_dump(wanted, sort_keys=False), encoding="utf-8")
    return known


def init(known: Settings, files: Path | None, *, salesforce: bool, **own: object) -> None:
    """Write the company's folder and say what comes next.

    Args:
        own: currency, time_zone and fiscal_year_start_month; None takes the default.

    Raises:
        SettingsError: the company is there already, is the demo company, or a setting does not exist.
    """
    from extract import new_company

    if known.company == demo_company.COMPANY:
        raise SettingsError("init: `demo` is the demo company. Nothing was written. Choose another name.")
    for path in new_company.write(
        known.company_folder, new_company.settings(known.company, **own), files, salesforce=salesforce
    ):
        terminal.say(str(path))
    option = f"--company {known.company}"
    steps = (
        f"put your exports into {files}, then: attain check --path {files}" if files else "",
        "export ATTAIN_SALESFORCE_URL, _CLIENT_ID and _CLIENT_SECRET (docs/salesforce.md)" if salesforce else "",
        "" if files or salesforce else f"switch a source on in {known.company_folder / 'sources.yml'}",
        f"see whether a run would work: attain doctor {option}",
        f"run it: attain run {option}",
    )
    for number, step in enumerate(filter(None, steps), start=1):
        terminal.say(f"{number}. {step}")


@contextmanager
def _home_told() -> Iterator[None]:
    """A disk that is full, or not ours to write, as a message.

    Raises:
        ServerError: naming the file.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise ServerError(
            f"{error.filename or 'home'}: {error.strerror}. What had landed stays, and so does the last good "
            "publication. Make room, or make the folder writable, then rerun."
        ) from None


@contextmanager
def demo_if_asked(known: Settings, scale: str | None, seed: int | None) -> Iterator[None]:
    """The demo company's source systems for as long as the block lasts, when it is the demo company that is run."""
    if known.company != demo_company.COMPANY:
        yield
        return
    with _home_told(), terminal.working("Drawing the demo company"):
        demo_company.build(known, scale, seed)
    with _home_told(), ended_with_us(), demo_company.used(known) as at_work:
        terminal.say(f"Demo company at {at_work.url}, its clock at {at_work.clock}")
        yield


@contextmanager
def warehouse(known: Settings) -> Iterator[None]:
    """The embedded server for as long as the block lasts, unless another one is given; the last who uses it ends it."""
    if known.database_url is not None:
        yield
        return
    with _home_told(), ended_with_us(), server.used(known.home):
        yield


def run_bare(known: Settings, as_of: datetime | None, holder: str, *, full_refresh: bool) -> None:
    """The job, step after step in this process, with its summary."""
    with warehouse(known):
        try:
            job.run_bare(known.company, "command", holder, terminal.say, as_of, full_refresh=full_refresh)
        except AttainError:
            show(known, error=False)  # whoever catches it shows it
            raise
        show(known)


def run_in_airflow(known: Settings, as_of: datetime | None, *, full_refresh: bool) -> None:
    """The company's DAG by Airflow's scheduler, with its summary; ends what it started.

    Raises:
        ServerError: Airflow did not start.
        RunFailed: the DAG run failed; its steps say why.
    """
    from attain import airflow

    with warehouse(known):
        terminal.say("Starting Airflow")
        with airflow.running(known) as scheduler:
            state = triggered(known, scheduler, as_of, full_refresh=full_refresh)
        show(known)
        if state != "success":
            raise RunFailed(
                f"run: the DAG run ended {state}. The last good publication stays. Mend what it names, rerun."
            )


def triggered(known: Settings, scheduler: "Airflow", as_of: datetime | None, *, full_refresh: bool = False) -> str:
    """Start the company's DAG and tell of its tasks until it has ended; its final state."""
    dag = settings.database_name(known.company)
    conf = {"as_of": as_of.isoformat() if as_of else None, "full_refresh": full_refresh}
    run = scheduler.trigger(dag, conf)
    terminal.say(f"Airflow runs {dag}; watch it at {scheduler.url}")
    return scheduler.watch(dag, run, terminal.task)


def up(known: Settings, scale: str | None, seed: int | None) -> None:
    """Start everything, run the DAG once, leave it running, and say where it is."""
    from attain import airflow

    if known.company == demo_company.COMPANY:
        demo_company.build(known, scale, seed)
        demo_company.start(known)
    scheduler = airflow.start(known)
    for name in (server.NAME, demo_company.COMPANY, airflow.NAME):
        shared.keep(known.home, name)
    triggered(known, scheduler, None)
    show(known)
    status(known)


def down(known: Settings) -> None:
    """End Airflow, the demo company and the embedded server."""
    from attain import airflow

    with _home_told():
        airflow.stop(known)
        demo_company.stop(known)
        server.stop(known.home)
    terminal.say("Everything is down; data stays.")


def status(known: Settings) -> None:
    """What runs, where, and how to log in."""
    from attain import airflow

    services = airflow.status(known)
    terminal.say(f"Airflow     {', '.join(sorted(services)) or 'down'}")
    if services:
        at_work = airflow.start(known)
        terminal.say(f"            {at_work.url}  login {at_work.user}, password {at_work.password}")
    running = known.database_url is not None or server.status(known.home).running
    terminal.say(f"Warehouse   {'attain url --company ' + known.company if running else 'down'}")
    if running and (known.company_folder / "sources.yml").is_file():
        terminal.say(f"            {migrate.connect(known).libpq_uri('analyst')}")
    terminal.say(f"Demo        {demo_company.address(known) or 'down'}")


def show(known: Settings, *, error: bool = True) -> None:
    """The latest run's summary; nothing when there is no run yet."""
    database = migrate.connect(known)
    run_id = summary.latest(database)
    if run_id is None:
        return
    option = "" if known.company == demo_company.COMPANY else f" --company {known.company}"
    hints = [
        ("query", f'attain sql{option} "select * from reporting.kpi_rep_period limit 10"'),
        ("BI tools", f"attain url{option}"),
    ]
    terminal.show(summary.of(database, run_id), [known.report_folder / page for page in PAGES], hints, error=error)
    if said := job.said_of_pictures(database, run_id):
        terminal.say(said)


def pages(known: Settings) -> list[Path]:
    """Write both pages and their pictures from the last publication; says so when there are no pictures.

    Raises:
        SettingsError: nothing has been published yet.
    """
    with warehouse(known):
        run_id = summary.latest(migrate.connect(known), published=True)
        if run_id is None:
            raise SettingsError(f"report: {known.company} has published nothing yet. Run `attain run` first.")
        written, said = job.write_pages(known, migrate.connect(known), run_id)
        if said:
            terminal.say(said)
        return written
