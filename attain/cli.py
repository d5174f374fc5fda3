"""The command line: parse, call, print. Whatever it does, the DAG does by the same functions."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from attain import settings, terminal
from attain.errors import AttainError

app = typer.Typer(
    name="attain",
    help=(
        "An open warehouse for sales performance: loads CRM and marketing data, turns it into funnel, pipeline, KPI, "
        "goal and commission tables, checks every stage, and publishes all of it or nothing.\n\n"
        "Begin with `attain run` (the demo company), or with your own exports: `attain check --path FOLDER`, then "
        "`attain run --source files --path FOLDER`. `attain init` writes a company of your own; `attain doctor` says what is "
        "wrong."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)
demo_app = typer.Typer(help="The demo company: serve it, let its time pass.", no_args_is_help=True)
app.add_typer(demo_app, name="demo")
sources_app = typer.Typer(help="The sources that a company has on.", no_args_is_help=True)
app.add_typer(sources_app, name="sources")

Company = Annotated[str | None, typer.Option("--company", help="Which company; default: ATTAIN_COMPANY, else demo.")]
Scale = Annotated[
    str | None, typer.Option(help="Size of the demo company: small (2,000 deals), medium, large or a number.")
]
Seed = Annotated[int | None, typer.Option(help="Seed of everything drawn for the demo company; default 42.")]


@app.command()
def run(
    company: Company = None,
    source: Annotated[str | None, typer.Option(help="`files` loads a folder; default: what sources.yml says.")] = None,
    path: Annotated[Path | None, typer.Option(help="The folder for `--source files`.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(help="Look at the business from this moment (UTC); for files without a clock.")
    ] = None,
    airflow: Annotated[
        bool, typer.Option("--airflow/--bare", help="Through Airflow's scheduler, or step after step right here.")
    ] = False,
    full_refresh: Annotated[bool, typer.Option(help="Rebuild everything, not just what changed.")] = False,
    scale: Scale = None,
    seed: Seed = None,
) -> None:
    """Bring a company up to date: extract, check, transform, check, publish, report."""
    from attain import commands

    with _words():
        chosen = commands.chosen(company, source, path)
        moment = as_of.replace(tzinfo=UTC) if as_of and as_of.tzinfo is None else as_of
        with commands.demo_if_asked(chosen, scale, seed):
            if airflow:
                commands.run_in_airflow(chosen, moment, full_refresh=full_refresh)
            else:
                commands.run_bare(chosen, moment, f"{socket.gethostname()} {os.getpid()}", full_refresh=full_refresh)


@app.command()
def up(company: Company = None, scale: Scale = None, seed: Seed = None) -> None:
    """As `run --airflow`, left running: Airflow, the warehouse and the demo company, with addresses and logins."""
    from attain import commands

    with _words():
        commands.up(commands.chosen(company, None, None), scale, seed)


@app.command()
def down() -> None:
    """End everything that `up` left running; data stays."""
    from attain import commands

    with _words():
        commands.down(settings.load())


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A statement, such as: select * from reporting.goal_attainment")],
    company: Company = None,
    output: Annotated[str, typer.Option("--format", help="table or csv")] = "table",
) -> None:
    """Query the warehouse as an analyst: schema `reporting`, read only."""
    from attain import query as queries

    with _words():
        queries.show(settings.load(company), query, output)


@app.command()
def url(company: Company = None) -> None:
    """Print the analyst's connection for a BI tool or psql; it holds the password."""
    from attain import migrate

    with _words():
        typer.echo(migrate.connect(settings.load(company)).libpq_uri("analyst"))


@app.command()
def check(
    path: Annotated[Path, typer.Option(help="The folder of files.", exists=True, file_okay=False)],
) -> None:
    """Read a folder of exports without loading it: what each file is, what is wrong, which tables it can carry."""
    from extract.files.check.folder import check as look
    from extract.files.check.folder import render

    with _words():
        report = look(path)
        terminal.console.print(render(report))
        if not report.ok:
            raise typer.Exit(1)


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="The company's name: letters, digits and underscores.")],
    files: Annotated[Path | None, typer.Option(help="A folder of exports to load from; made when missing.")] = None,
    salesforce: Annotated[bool, typer.Option("--salesforce", help="Load from a Salesforce org.")] = False,
    currency: Annotated[str | None, typer.Option(help="All amounts are reported in it; ISO 4217, default USD.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Periods begin at its midnight; default UTC.")] = None,
    fiscal_year_start_month: Annotated[int | None, typer.Option(help="1 to 12; default 1.")] = None,
) -> None:
    """Write the folder of a company of your own: settings, sources, mappings."""
    from attain import commands

    with _words():
        chosen = settings.load(name)
        own = {"currency": currency, "time_zone": time_zone, "fiscal_year_start_month": fiscal_year_start_month}
        commands.init(chosen, files.resolve() if files else None, salesforce=salesforce, **own)


@app.command()
def doctor(
    company: Company = None,
    path: Annotated[
        Path | None, typer.Option(help="Look at this folder of files instead.", exists=True, file_okay=False)
    ] = None,
) -> None:
    """Say what is wrong with this machine, the database, the company's folder and its sources; change nothing."""
    from attain.doctor import examination

    with _words():
        if not examination.show(examination.examine(settings.load(company), path)):
            raise typer.Exit(1)


@app.command()
def templates(folder: Annotated[Path, typer.Argument(help="Where to write them.")]) -> None:
    """Write an empty CSV of every template, to be filled in."""
    from extract.files.check.folder import write_templates

    with _words():
        for written in write_templates(folder):
            typer.echo(written)


@app.command()
def report(company: Company = None) -> None:
    """Write the report and the validation page again from what is published."""
    from attain import commands

    with _words():
        for page in commands.pages(settings.load(company)):
            typer.echo(page)


@app.command()
def runs(company: Company = None) -> None:
    """List the latest runs: when, state, what went wrong."""
    from attain import query as queries

    with _words():
        queries.show(settings.load(company), queries.LATEST_RUNS, "table")


@app.command()
def migrate(company: Company = None) -> None:
    """Make or update the company's database: roles, schemas, `ops`, raw tables. Safe at any time."""
    from attain import job

    with _words():
        database = job.prepare(settings.load(company).company)
        typer.echo(f"{database.host}:{database.port}/{database.name} is ready")


@app.command()
def status() -> None:
    """Say what is running, and where."""
    from attain import commands

    with _words():
        commands.status(settings.load())


@sources_app.command("check")
def check_sources(company: Company = None) -> None:
    """Ask each source whether a run could read it: login, what is left of its limits, what is visible, its clock."""
    from attain import job
    from extract import probe

    with _words():
        chosen = settings.load(company)
        found = []
        for planned, finding in probe.probe(chosen.company_folder, job.environment(chosen)):
            terminal.console.print(probe.render(planned, finding), soft_wrap=True)
            found.append(finding)
        if any(finding.ok is False for finding in found):
            raise typer.Exit(1)


@demo_app.command()
def start(scale: Scale = None, seed: Seed = None) -> None:
    """Serve the demo company's Salesforce-compatible API until `attain demo stop`."""
    from attain import demo_company

    with _words():
        chosen = settings.load("demo")
        demo_company.build(chosen, scale, seed)
        at_work = demo_company.start(chosen)
        typer.echo(f"{at_work.url}, its clock at {at_work.clock}")


@demo_app.command()
def stop() -> None:
    """End the demo company's process; its state stays."""
    from attain import demo_company

    with _words():
        demo_company.stop(settings.load("demo"))


@demo_app.command()
def advance(by: Annotated[str, typer.Argument(help="How long: 12h, 1d, 7d.")]) -> None:
    """Let time pass in the demo company, so that the next run has something to fetch."""
    from attain import demo_company

    with _words():
        typer.echo(demo_company.advance(settings.load("demo"), by))


@contextmanager
def _words() -> Iterator[None]:
    """Our own errors as a message, not a traceback."""
    try:
        yield
    except AttainError as error:
        terminal.errors.print(Text(f"{type(error).__name__}: {error}", style="red"))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        terminal.errors.print("Stopped. Run it again to go on from here.")
        raise typer.Exit(130) from None
